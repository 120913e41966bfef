package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Capabilities;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.CommitOutcome.Applied;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Writes each commit that another storage applied to a file, and applies them again when opened.
 */
final class JournalStorage implements StreamStorage {

  private final StreamStorage kept;
  private final FileChannel journal;

  JournalStorage(Path directory, StreamStorage kept) throws IOException {
    this.kept = kept;
    journal =
        FileChannel.open(
            directory.resolve("journal"),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE);
    // Not closed: it would close the channel.
    DataInputStream in = new DataInputStream(Channels.newInputStream(journal));
    long whole = 0;
    try {
      while (true) {
        int length = in.readInt();
        Commit commit = decode(in);
        Contract.version(kept.commit(commit).toCompletableFuture().join());
        whole += Integer.BYTES + length;
      }
    } catch (EOFException e) {
      journal.truncate(whole);
      journal.position(whole);
    }
  }

  @Override
  public Capabilities capabilities() {
    Capabilities capabilities = kept.capabilities();
    return new Capabilities(true, false, capabilities.maxCommitBytes(), capabilities.asyncLag());
  }

  @Override
  public synchronized CompletionStage<CommitOutcome> commit(Commit commit) {
    return kept.commit(commit)
        .thenApply(
            outcome -> {
              if (outcome instanceof Applied) {
                append(commit);
              }
              return outcome;
            });
  }

  private void append(Commit commit) {
    try {
      ByteArrayOutputStream record = new ByteArrayOutputStream();
      encode(commit, new DataOutputStream(record));
      ByteBuffer buffer = ByteBuffer.allocate(Integer.BYTES + record.size());
      buffer.putInt(record.size()).put(record.toByteArray()).flip();
      while (buffer.hasRemaining()) {
        journal.write(buffer);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void encode(Commit commit, DataOutputStream out) throws IOException {
    writeBytes(out, Bytes.wrap(commit.name().toUtf8()));
    out.writeBoolean(commit.expected() instanceof Expected.Version);
    if (commit.expected() instanceof Expected.Version version) {
      writeId(out, version.id());
      out.writeLong(version.version());
    }
    out.writeLong(commit.attempt().writer());
    out.writeLong(commit.attempt().number());
    out.writeBoolean(commit.change() instanceof Change.Put);
    if (commit.change() instanceof Change.Put put) {
      writeId(out, put.id());
      writeBytes(out, put.metadata());
      writeBytes(out, Bytes.utf8(put.due().map(Instant::toString).orElse("")));
      out.writeInt(put.entries().size());
      for (Map.Entry<String, Optional<Bytes>> entry : put.entries().entrySet()) {
        writeBytes(out, Bytes.utf8(entry.getKey()));
        out.writeBoolean(entry.getValue().isPresent());
        writeBytes(out, entry.getValue().orElse(Bytes.EMPTY));
      }
      out.writeLong(put.position());
      out.writeInt(put.appended().size());
      for (Bytes part : put.appended()) {
        writeBytes(out, part);
      }
    }
  }

  private static Commit decode(DataInputStream in) throws IOException {
    StreamName name = new StreamName(readText(in));
    Expected expected =
        in.readBoolean() ? new Expected.Version(readId(in), in.readLong()) : Expected.ABSENT;
    AttemptId attempt = new AttemptId(in.readLong(), in.readLong());
    if (!in.readBoolean()) {
      return new Commit(name, expected, attempt, new Change.Remove());
    }
    StreamId id = readId(in);
    Bytes metadata = readBytes(in);
    String due = readText(in);
    Map<String, Optional<Bytes>> entries = new HashMap<>();
    for (int i = in.readInt(); i > 0; i--) {
      String key = readText(in);
      boolean present = in.readBoolean();
      Bytes value = readBytes(in);
      entries.put(key, present ? Optional.of(value) : Optional.empty());
    }
    long position = in.readLong();
    List<Bytes> appended = new ArrayList<>();
    for (int i = in.readInt(); i > 0; i--) {
      appended.add(readBytes(in));
    }
    Optional<Instant> at = due.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(due));
    Change change = new Change.Put(id, metadata, at, entries, position, appended);
    return new Commit(name, expected, attempt, change);
  }

  private static void writeId(DataOutputStream out, StreamId id) throws IOException {
    out.write(id.toBytes());
  }

  private static StreamId readId(DataInputStream in) throws IOException {
    return new StreamId(in.readLong(), in.readLong());
  }

  private static void writeBytes(DataOutputStream out, Bytes bytes) throws IOException {
    out.writeInt(bytes.length());
    out.write(bytes.toByteArray());
  }

  private static Bytes readBytes(DataInputStream in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    return Bytes.wrap(bytes);
  }

  private static String readText(DataInputStream in) throws IOException {
    return new String(readBytes(in).toByteArray(), StandardCharsets.UTF_8);
  }

  @Override
  public CompletionStage<Optional<StoredStream>> load(StreamName name, Set<String> entries) {
    return kept.load(name, entries);
  }

  @Override
  public CompletionStage<Bytes> read(StreamId id, long from, long to) {
    return kept.read(id, from, to);
  }

  @Override
  public CompletionStage<List<StoredStream>> list(String prefix, String after, int limit) {
    return kept.list(prefix, after, limit);
  }

  @Override
  public CompletionStage<List<StreamName>> due(Instant now, int limit) {
    return kept.due(now, limit);
  }

  @Override
  public CompletionStage<Void> reclaim(StreamId id, long from, long to) {
    return kept.reclaim(id, from, to);
  }

  @Override
  public Watch watch(Consumer<StreamName> hint) {
    return kept.watch(hint);
  }

  @Override
  public synchronized void close() {
    kept.close();
    try {
      journal.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
