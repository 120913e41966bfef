package dev.streamkeeper.server;

import dev.streamkeeper.AppendOutcome;
import dev.streamkeeper.AppendOutcome.ProducerPosition;
import dev.streamkeeper.AppendOutcome.SeqConflict;
import dev.streamkeeper.Batch;
import dev.streamkeeper.CreateOutcome;
import dev.streamkeeper.DeleteOutcome;
import dev.streamkeeper.MetadataOutcome;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.StreamGone;
import dev.streamkeeper.StreamInfo;
import dev.streamkeeper.StreamNotFound;
import dev.streamkeeper.StreamReplaced;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.StreamId;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.util.Optional;

/** The one table from outcomes to status codes and headers. */
final class Answers {

  private Answers() {}

  // ---- create
  // ------------------------------------------------------------------------------------

  static void created(Exchange exchange, CreateOutcome outcome) {
    if (outcome instanceof CreateOutcome.Created created) {
      describe(exchange.response(), created.info())
          .putHeader(HttpHeaders.LOCATION, exchange.url())
          .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
      exchange.end(201);
    } else if (outcome instanceof CreateOutcome.Existing existing) {
      describe(exchange.response(), existing.info())
          .putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
      exchange.end(200);
    } else {
      exchange.answer(problem(outcome));
    }
  }

  static Problem problem(CreateOutcome outcome) {
    if (outcome instanceof CreateOutcome.Mismatch mismatch) {
      Problem problem =
          Problem.of(
              409,
              "stream-exists",
              "The stream exists with another configuration",
              mismatch.difference() + "; delete it first, or ask for it as it is");
      return mismatch.info().closed() ? problem.header(Names.STREAM_CLOSED, "true") : problem;
    }
    if (outcome instanceof CreateOutcome.SourceNotFound) {
      return Problem.of(
          404,
          "fork-source-not-found",
          "There is no stream to fork",
          "Stream-Forked-From names no existing stream");
    }
    if (outcome instanceof CreateOutcome.SourceGone) {
      return Problem.of(
          409,
          "fork-source-gone",
          "The stream to fork is deleted",
          "it is kept for its other forks only; fork one of those");
    }
    if (outcome instanceof CreateOutcome.SourceContentTypeMismatch mismatch) {
      return contentTypeMismatch(mismatch.expected(), mismatch.actual());
    }
    if (outcome instanceof CreateOutcome.BadForkPoint bad) {
      return Problem.badRequest(
              "invalid-fork-offset",
              bad.why() + ": the source holds " + bad.earliest() + " to " + bad.tail())
          .with("earliest", bad.earliest())
          .with("tail", bad.tail());
    }
    if (outcome instanceof CreateOutcome.ForkTooDeep deep) {
      return Problem.of(
          409,
          "fork-too-deep",
          "The chain of forks is too long",
          "a fork of a fork goes at most " + deep.limit() + " levels deep; copy the data instead");
    }
    if (outcome instanceof AppendOutcome.InvalidBody invalid) {
      return invalidBody(invalid);
    }
    if (outcome instanceof AppendOutcome.TooLarge tooLarge) {
      return tooLarge(tooLarge.limit());
    }
    if (outcome instanceof StreamGone) {
      return Problem.of(
          409,
          "stream-gone",
          "The name is not free yet",
          "the stream was deleted, and its name stays taken until its last fork is deleted too");
    }
    throw new IllegalArgumentException("not a problem: " + outcome);
  }

  // ---- append
  // ------------------------------------------------------------------------------------

  static void appended(Exchange exchange, AppendOutcome outcome) {
    HttpServerResponse response = exchange.response();
    if (outcome instanceof AppendOutcome.Appended appended) {
      progress(response, appended.id(), appended.tail(), appended.closed(), appended.producer());
      exchange.end(appended.producer().isPresent() && appended.appended() ? 200 : 204);
    } else if (outcome instanceof AppendOutcome.Duplicate duplicate) {
      progress(
          response, duplicate.id(), duplicate.tail(), duplicate.closed(), duplicate.producer());
      exchange.end(204);
    } else {
      exchange.answer(problem(outcome));
    }
  }

  private static void progress(
      HttpServerResponse response,
      StreamId id,
      Offset tail,
      boolean closed,
      Optional<ProducerPosition> producer) {
    response
        .putHeader(Names.STREAM_NEXT_OFFSET, tail.toString())
        .putHeader(Names.STREAM_ID, id.toString());
    if (closed) {
      response.putHeader(Names.STREAM_CLOSED, Names.TRUE);
    }
    if (producer.isPresent()) {
      response
          .putHeader(Names.PRODUCER_EPOCH, Long.toString(producer.get().epoch()))
          .putHeader(Names.PRODUCER_SEQ, Long.toString(producer.get().seq()));
    }
  }

  static Problem problem(AppendOutcome outcome) {
    if (outcome instanceof AppendOutcome.Closed closed) {
      return Problem.of(
              409,
              "stream-closed",
              "The stream is closed",
              "it takes no more appends; its final offset is " + closed.tail())
          .header(Names.STREAM_CLOSED, "true")
          .header(Names.STREAM_NEXT_OFFSET, closed.tail());
    }
    if (outcome instanceof AppendOutcome.ContentTypeMismatch mismatch) {
      return contentTypeMismatch(mismatch.expected(), mismatch.actual());
    }
    if (outcome instanceof AppendOutcome.EmptyBody empty) {
      return Problem.badRequest(
          "empty-body",
          empty.emptyArray()
              ? "an empty JSON array appends nothing; send at least one message"
              : "an append has a body; only with Stream-Closed: true may it be empty");
    }
    if (outcome instanceof AppendOutcome.InvalidBody invalid) {
      return invalidBody(invalid);
    }
    if (outcome instanceof AppendOutcome.TooLarge tooLarge) {
      return tooLarge(tooLarge.limit());
    }
    if (outcome instanceof SeqConflict conflict) {
      return Problem.of(
              409,
              "seq-conflict",
              "Stream-Seq did not grow",
              "it must be greater, byte by byte, than that of the last append")
          .with("last", conflict.last());
    }
    if (outcome instanceof AppendOutcome.ProducerFenced fenced) {
      return Problem.of(
              403,
              "producer-fenced",
              "A newer epoch of this producer exists",
              "stop this producer, or claim the id with an epoch greater than "
                  + fenced.currentEpoch())
          .header(Names.PRODUCER_EPOCH, fenced.currentEpoch());
    }
    if (outcome instanceof AppendOutcome.ProducerGap gap) {
      return Problem.of(
              409,
              "producer-gap",
              "An append of this producer is missing",
              "send Producer-Seq " + gap.expected() + " first")
          .header(Names.PRODUCER_EXPECTED_SEQ, gap.expected())
          .header(Names.PRODUCER_RECEIVED_SEQ, gap.received());
    }
    if (outcome instanceof AppendOutcome.ProducerEpochNotAtZero notAtZero) {
      return Problem.badRequest(
          "invalid-producer",
          "a new epoch begins with Producer-Seq 0, not " + notAtZero.received());
    }
    if (outcome instanceof AppendOutcome.TailMoved moved) {
      return Problem.of(
              412,
              "tail-moved",
              "The stream has another tail",
              "somebody appended meanwhile; read up to " + moved.tail() + " and try again")
          .header(Names.STREAM_NEXT_OFFSET, moved.tail());
    }
    if (outcome instanceof StreamReplaced replaced) {
      return replaced(replaced);
    }
    if (outcome instanceof StreamNotFound) {
      return notFound();
    }
    if (outcome instanceof StreamGone) {
      return gone();
    }
    throw new IllegalArgumentException("not a problem: " + outcome);
  }

  // ---- read
  // --------------------------------------------------------------------------------------

  static Problem problem(ReadOutcome outcome) {
    if (outcome instanceof ReadOutcome.Dropped dropped) {
      return Problem.of(
              410,
              "offset-dropped",
              "The stream does not keep this offset any more",
              "its retention dropped it; the earliest offset is " + dropped.earliest())
          .header(Names.STREAM_EARLIEST_OFFSET, dropped.earliest())
          .header(Names.STREAM_ID, dropped.id());
    }
    if (outcome instanceof ReadOutcome.BeyondTail beyond) {
      return Problem.badRequest(
              "offset-beyond-tail",
              "the offset lies beyond the stream's tail "
                  + beyond.tail()
                  + ", so this stream never gave it out; was it deleted and created again?")
          .with("tail", beyond.tail())
          .header(Names.STREAM_ID, beyond.id());
    }
    if (outcome instanceof ReadOutcome.NotABoundary notABoundary) {
      return Problem.badRequest(
              "invalid-offset",
              "the offset lies within a message, so this stream never gave it out")
          .header(Names.STREAM_ID, notABoundary.id());
    }
    if (outcome instanceof StreamReplaced replaced) {
      return replaced(replaced);
    }
    if (outcome instanceof StreamNotFound) {
      return notFound();
    }
    if (outcome instanceof StreamGone) {
      return gone();
    }
    throw new IllegalArgumentException("not a problem: " + outcome);
  }

  /** Headers that every answer with stream data has (PROTOCOL 5.6). */
  static HttpServerResponse progress(HttpServerResponse response, Batch batch) {
    response
        .putHeader(Names.STREAM_NEXT_OFFSET, batch.next().toString())
        .putHeader(Names.STREAM_ID, batch.id().toString());
    if (batch.upToDate()) {
      response.putHeader(Names.STREAM_UP_TO_DATE, Names.TRUE);
    }
    if (batch.endOfStream()) {
      response.putHeader(Names.STREAM_CLOSED, Names.TRUE);
    }
    return response;
  }

  // ---- head and delete
  // ---------------------------------------------------------------------------

  static void described(Exchange exchange, MetadataOutcome outcome) {
    if (outcome instanceof MetadataOutcome.Found found) {
      StreamInfo info = found.info();
      HttpServerResponse response =
          describe(exchange.response(), info).putHeader(HttpHeaders.CACHE_CONTROL, Names.NO_STORE);
      if (info.expiry() instanceof Expiry.Ttl ttl) {
        response.putHeader(Names.STREAM_TTL, Long.toString(ttl.window().toSeconds()));
      } else if (info.expiry() instanceof Expiry.At at) {
        response.putHeader(Names.STREAM_EXPIRES_AT, at.deadline().toString());
      }
      if (!info.retention().isUnlimited()) {
        response
            .putHeader(Names.STREAM_RETENTION, StreamHeaders.format(info.retention()))
            .putHeader(Names.STREAM_EARLIEST_OFFSET, info.earliest().toString());
      }
      exchange.end(200);
    } else {
      exchange.answer(problem(outcome));
    }
  }

  static Problem problem(MetadataOutcome outcome) {
    if (outcome instanceof StreamNotFound) {
      return notFound();
    }
    if (outcome instanceof StreamGone) {
      return gone();
    }
    throw new IllegalArgumentException("not a problem: " + outcome);
  }

  static void deleted(Exchange exchange, DeleteOutcome outcome) {
    if (outcome instanceof DeleteOutcome.Deleted) {
      exchange.end(204);
    } else {
      exchange.answer(problem(outcome));
    }
  }

  static Problem problem(DeleteOutcome outcome) {
    if (outcome instanceof StreamReplaced replaced) {
      return replaced(replaced);
    }
    if (outcome instanceof StreamNotFound) {
      return notFound();
    }
    if (outcome instanceof StreamGone) {
      return gone();
    }
    throw new IllegalArgumentException("not a problem: " + outcome);
  }

  // ---- shared
  // ------------------------------------------------------------------------------------

  private static HttpServerResponse describe(HttpServerResponse response, StreamInfo info) {
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, info.contentType().value())
        .putHeader(Names.STREAM_NEXT_OFFSET, info.tail().toString())
        .putHeader(Names.STREAM_ID, info.id().toString());
    if (info.closed()) {
      response.putHeader(Names.STREAM_CLOSED, Names.TRUE);
    }
    return response;
  }

  private static Problem contentTypeMismatch(ContentType expected, ContentType actual) {
    return Problem.of(
            409,
            "content-type-mismatch",
            "The stream has another content type",
            "send " + expected + " instead of " + actual)
        .with("expected", expected)
        .with("actual", actual);
  }

  private static Problem invalidBody(AppendOutcome.InvalidBody invalid) {
    return Problem.badRequest("invalid-json", "the body is not JSON: " + invalid.why())
        .with("line", invalid.line())
        .with("column", invalid.column())
        .with("byteOffset", invalid.byteOffset());
  }

  static Problem tooLarge(long limit) {
    return Problem.of(
            413,
            "body-too-large",
            "The body is too large",
            "an append has at most " + limit + " bytes here; send several")
        .with("limit", limit);
  }

  private static Problem replaced(StreamReplaced replaced) {
    return Problem.of(
            412,
            "stream-replaced",
            "The name belongs to another stream now",
            "the stream was deleted and created again; offsets of the former one mean nothing")
        .header(Names.STREAM_ID, replaced.current());
  }

  private static Problem notFound() {
    return Problem.of(
        404, "stream-not-found", "There is no such stream", "create it first with PUT");
  }

  private static Problem gone() {
    return Problem.of(
        410,
        "stream-gone",
        "The stream is deleted",
        "it is kept only because forks still read from it");
  }
}
