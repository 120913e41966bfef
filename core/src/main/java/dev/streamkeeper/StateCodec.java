package dev.streamkeeper;

import dev.streamkeeper.History.Mark;
import dev.streamkeeper.StreamState.Lifecycle;
import dev.streamkeeper.StreamState.Origin;
import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The metadata and entries that the engine stores. Every value begins with its format's number;
 * numbers are variable-length, seven bits a byte, lowest first.
 */
final class StateCodec {

  static final String ANCESTRY_KEY = "a";

  private static final int FORMAT = 1;

  private StateCodec() {}

  static String producerKey(String producerId) {
    return "p/" + producerId;
  }

  static String forkKey(StreamId fork) {
    return "f/" + fork;
  }

  /**
   * Encodes a stream's metadata.
   *
   * @param attempts latest attempts on a shared storage, newest last
   */
  static Bytes encode(StreamState state, List<AttemptId> attempts) {
    return write(
        out -> {
          out.writeByte(code(state.lifecycle()));
          out.writeUTF(state.contentType().value());
          writeExpiry(out, state.expiry());
          writeRetention(out, state.retention());
          writeNumber(out, state.createdAt());
          writeNumber(out, state.accessBound());
          writeNumber(out, state.start());
          writeNumber(out, state.tail());
          writeNumber(out, state.messages());
          out.writeBoolean(state.closed());
          writeOptional(out, state.closedBy(), StateCodec::writeStamp);
          writeOptional(out, state.lastSeq(), (to, seq) -> to.writeUTF(seq));
          writeMark(out, state.history().base());
          writeNumber(out, state.history().marks().size());
          for (Mark mark : state.history().marks()) {
            writeMark(out, mark);
          }
          writeOptional(out, state.origin(), StateCodec::writeOrigin);
          writeNumber(out, state.references());
          writeNumber(out, state.pinnedTo());
          writeNumber(out, attempts.size());
          for (AttemptId attempt : attempts) {
            out.writeLong(attempt.writer());
            out.writeLong(attempt.number());
          }
        });
  }

  /** What {@link #encode} was given, last accessed when it may have been at the latest. */
  record Decoded(StreamState state, List<AttemptId> attempts) {}

  static Decoded decode(StoredStream stored) {
    return read(
        stored.metadata(),
        "metadata of stream '" + stored.name() + "'",
        in -> {
          Lifecycle lifecycle = lifecycle(in.readByte());
          ContentType contentType = new ContentType(in.readUTF());
          Expiry expiry = readExpiry(in);
          Retention retention = readRetention(in);
          long createdAt = readNumber(in);
          long accessBound = readNumber(in);
          StreamState state =
              new StreamState(
                  stored.id(),
                  lifecycle,
                  contentType,
                  expiry,
                  retention,
                  createdAt,
                  accessBound,
                  accessBound,
                  readNumber(in),
                  readNumber(in),
                  readNumber(in),
                  in.readBoolean(),
                  readOptional(in, StateCodec::readStamp),
                  readOptional(in, each -> each.readUTF()),
                  new History(readMark(in), readList(in, StateCodec::readMark)),
                  readOptional(in, StateCodec::readOrigin),
                  readNumber(in),
                  readNumber(in));
          return new Decoded(
              state, readList(in, each -> new AttemptId(each.readLong(), each.readLong())));
        });
  }

  private static int code(Lifecycle lifecycle) {
    return switch (lifecycle) {
      case ACTIVE -> 0;
      case FORKING -> 1;
      case SOFT_DELETED -> 2;
      case DELETING -> 3;
    };
  }

  private static Lifecycle lifecycle(int code) throws IOException {
    return switch (code) {
      case 0 -> Lifecycle.ACTIVE;
      case 1 -> Lifecycle.FORKING;
      case 2 -> Lifecycle.SOFT_DELETED;
      case 3 -> Lifecycle.DELETING;
      default -> throw new IOException("no lifecycle has the number " + code);
    };
  }

  static Bytes encode(ProducerState producer) {
    return write(
        out -> {
          writeNumber(out, producer.epoch());
          writeNumber(out, producer.seq());
        });
  }

  static ProducerState decodeProducer(Bytes value) {
    return read(
        value, "a producer's state", in -> new ProducerState(readNumber(in), readNumber(in)));
  }

  static Bytes encode(Ancestry ancestry) {
    return write(
        out -> {
          writeNumber(out, ancestry.runs().size());
          for (Ancestry.Run run : ancestry.runs()) {
            out.write(run.id().toBytes());
            writeNumber(out, run.upTo());
          }
        });
  }

  static Ancestry decodeAncestry(Bytes value) {
    return read(
        value,
        "a fork's ancestry",
        in -> new Ancestry(readList(in, each -> new Ancestry.Run(readId(each), readNumber(each)))));
  }

  private static void writeExpiry(DataOutputStream out, Expiry expiry) throws IOException {
    if (expiry instanceof Expiry.Ttl ttl) {
      out.writeByte(1);
      writeNumber(out, ttl.window().toSeconds());
    } else if (expiry instanceof Expiry.At at) {
      out.writeByte(2);
      out.writeLong(at.deadline().toEpochMilli());
    } else {
      out.writeByte(0);
    }
  }

  private static Expiry readExpiry(DataInputStream in) throws IOException {
    return switch (in.readByte()) {
      case 0 -> Expiry.NEVER;
      case 1 -> new Expiry.Ttl(Duration.ofSeconds(readNumber(in)));
      case 2 -> new Expiry.At(Instant.ofEpochMilli(in.readLong()));
      default -> throw new IOException("unknown kind of expiry");
    };
  }

  /** Limits are at least 1, so 0 stands for none. */
  private static void writeRetention(DataOutputStream out, Retention retention) throws IOException {
    writeNumber(out, retention.maxAge().map(Duration::toMillis).orElse(0L));
    writeNumber(out, retention.maxMessages().orElse(0));
    writeNumber(out, retention.maxBytes().orElse(0));
  }

  private static Retention readRetention(DataInputStream in) throws IOException {
    long age = readNumber(in);
    long messages = readNumber(in);
    long bytes = readNumber(in);
    return new Retention(
        age == 0 ? Optional.empty() : Optional.of(Duration.ofMillis(age)),
        messages == 0 ? OptionalLong.empty() : OptionalLong.of(messages),
        bytes == 0 ? OptionalLong.empty() : OptionalLong.of(bytes));
  }

  private static void writeStamp(DataOutputStream out, ProducerStamp stamp) throws IOException {
    out.writeUTF(stamp.producerId());
    writeNumber(out, stamp.epoch());
    writeNumber(out, stamp.seq());
  }

  private static ProducerStamp readStamp(DataInputStream in) throws IOException {
    return new ProducerStamp(in.readUTF(), readNumber(in), readNumber(in));
  }

  private static void writeMark(DataOutputStream out, Mark mark) throws IOException {
    writeNumber(out, mark.position());
    writeNumber(out, mark.messages());
    writeNumber(out, mark.time());
  }

  private static Mark readMark(DataInputStream in) throws IOException {
    return new Mark(readNumber(in), readNumber(in), readNumber(in));
  }

  private static void writeOrigin(DataOutputStream out, Origin origin) throws IOException {
    out.writeUTF(origin.source().value());
    out.write(origin.sourceId().toBytes());
    writeNumber(out, origin.requested().map(offset -> offset.position() + 1).orElse(0L));
    writeNumber(out, origin.subOffset());
  }

  private static Origin readOrigin(DataInputStream in) throws IOException {
    StreamName source = new StreamName(in.readUTF());
    StreamId id = readId(in);
    long requested = readNumber(in);
    return new Origin(
        source,
        id,
        requested == 0 ? Optional.empty() : Optional.of(new Offset(requested - 1)),
        readNumber(in));
  }

  private static StreamId readId(DataInputStream in) throws IOException {
    return new StreamId(in.readLong(), in.readLong());
  }

  private static void writeNumber(DataOutputStream out, long number) throws IOException {
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      out.writeByte((int) (rest & 0x7F) | 0x80);
      rest >>>= 7;
    }
    out.writeByte((int) rest);
  }

  private static long readNumber(DataInputStream in) throws IOException {
    long number = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      byte b = in.readByte();
      number |= (b & 0x7FL) << shift;
      if (b >= 0) {
        return number;
      }
    }
    throw new IOException("a number has more than ten bytes");
  }

  private static <T> void writeOptional(DataOutputStream out, Optional<T> value, Writer<T> writer)
      throws IOException {
    out.writeBoolean(value.isPresent());
    if (value.isPresent()) {
      writer.write(out, value.get());
    }
  }

  private static <T> Optional<T> readOptional(DataInputStream in, Reader<T> reader)
      throws IOException {
    return in.readBoolean() ? Optional.of(reader.read(in)) : Optional.empty();
  }

  private static <T> List<T> readList(DataInputStream in, Reader<T> reader) throws IOException {
    long size = readNumber(in);
    List<T> list = new ArrayList<>();
    for (long i = 0; i < size; i++) {
      list.add(reader.read(in));
    }
    return list;
  }

  private static Bytes write(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(128);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      body.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to an array can't fail", e);
    }
    return Bytes.wrap(bytes.toByteArray());
  }

  private static <T> T read(Bytes value, String what, Reader<T> reader) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value.toByteArray()))) {
      int format = in.readByte();
      if (format != FORMAT) {
        throw new IOException("format " + format + " is not known here, only " + FORMAT);
      }
      return reader.read(in);
    } catch (IOException | RuntimeException e) {
      throw new StorageException(
          StorageException.Reason.CORRUPT, what + " can't be read: " + e.getMessage(), e);
    }
  }

  private interface Body {
    void write(DataOutputStream out) throws IOException;
  }

  private interface Writer<T> {
    void write(DataOutputStream out, T value) throws IOException;
  }

  private interface Reader<T> {
    T read(DataInputStream in) throws IOException;
  }
}
