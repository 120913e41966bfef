package dev.streamkeeper.storage.tck;

import dev.streamkeeper.stream.ProducerStamp;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What streams do, as simply as it can be said: lists of messages, copied where a fork begins. Made
 * to be obviously right, not fast.
 */
final class StreamModel {

  /** One stream. */
  static final class Stream {
    final List<String> messages = new ArrayList<>();
    final Map<String, long[]> producers = new HashMap<>();
    boolean closed;
    @Nullable ProducerStamp closedBy;
    String lastSeq = "";
    String source = "";
    int forks;
    boolean softDeleted;

    long tail() {
      return position(messages.size());
    }

    /** Stored bytes before a message: each is followed by a comma and a line feed. */
    long position(int index) {
      long position = 0;
      for (String message : messages.subList(0, index)) {
        position += message.length() + 2;
      }
      return position;
    }

    String body(int from) {
      return "[" + String.join(",\n", messages.subList(from, messages.size())) + "]";
    }
  }

  private final Map<String, Stream> streams = new LinkedHashMap<>();

  @Nullable Stream get(String name) {
    return streams.get(name);
  }

  List<String> visibleNames() {
    return streams.entrySet().stream()
        .filter(each -> !each.getValue().softDeleted)
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  /** Creates a stream, or says what keeps it from being created. */
  String create(String name) {
    Stream found = streams.get(name);
    if (found != null) {
      return found.softDeleted
          ? "StreamGone"
          : found.closed || !found.source.isEmpty() ? "Mismatch" : "Existing";
    }
    streams.put(name, new Stream());
    return "Created";
  }

  String fork(String name, String source, int messages) {
    Stream found = streams.get(name);
    if (found != null) {
      // Programs never repeat a fork with the same fork point.
      return found.softDeleted ? "StreamGone" : "Mismatch";
    }
    Stream from = streams.get(source);
    if (from == null || name.equals(source)) {
      return "SourceNotFound";
    }
    if (from.softDeleted) {
      return "SourceGone";
    }
    if (messages > from.messages.size()) {
      return "BadForkPoint";
    }
    Stream fork = new Stream();
    fork.messages.addAll(from.messages.subList(0, messages));
    fork.source = source;
    from.forks++;
    streams.put(name, fork);
    return "Created";
  }

  String append(
      String name,
      List<String> messages,
      boolean close,
      @Nullable ProducerStamp producer,
      @Nullable String seq) {
    Stream stream = streams.get(name);
    if (stream == null) {
      return "StreamNotFound";
    }
    if (stream.softDeleted) {
      return "StreamGone";
    }
    if (stream.closed) {
      boolean again =
          producer == null ? close && messages.isEmpty() : producer.equals(stream.closedBy);
      return again ? "Duplicate" : "Closed";
    }
    if (messages.isEmpty() && !close) {
      return "EmptyBody";
    }
    if (producer != null) {
      String refusal = checkProducer(stream, producer);
      if (!refusal.isEmpty()) {
        return refusal;
      }
    }
    if (seq != null && stream.lastSeq.compareTo(seq) >= 0) {
      return "SeqConflict";
    }
    if (producer != null) {
      stream.producers.put(producer.producerId(), new long[] {producer.epoch(), producer.seq()});
    }
    if (seq != null) {
      stream.lastSeq = seq;
    }
    stream.messages.addAll(messages);
    if (close) {
      stream.closed = true;
      stream.closedBy = producer;
    }
    return "Appended";
  }

  private static String checkProducer(Stream stream, ProducerStamp producer) {
    long[] known = stream.producers.get(producer.producerId());
    if (known == null) {
      return producer.seq() == 0 ? "" : "ProducerGap";
    }
    if (producer.epoch() < known[0]) {
      return "ProducerFenced";
    }
    if (producer.epoch() > known[0]) {
      return producer.seq() == 0 ? "" : "ProducerEpochNotAtZero";
    }
    if (producer.seq() <= known[1]) {
      return "Duplicate";
    }
    return producer.seq() == known[1] + 1 ? "" : "ProducerGap";
  }

  String delete(String name) {
    Stream stream = streams.get(name);
    if (stream == null) {
      return "StreamNotFound";
    }
    if (stream.softDeleted) {
      return "StreamGone";
    }
    stream.softDeleted = true;
    collect(name);
    return "Deleted";
  }

  private void collect(String name) {
    Stream stream = Objects.requireNonNull(streams.get(name));
    if (stream.softDeleted && stream.forks == 0) {
      streams.remove(name);
      if (!stream.source.isEmpty()) {
        Objects.requireNonNull(streams.get(stream.source)).forks--;
        collect(stream.source);
      }
    }
  }
}
