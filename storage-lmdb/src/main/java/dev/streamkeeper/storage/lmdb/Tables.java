package dev.streamkeeper.storage.lmdb;

import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.CommitOutcome;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.storage.lmdb.Layout.Row;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.lmdbjava.ByteArrayProxy;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/** The LMDB environment and everything that is done to it within a transaction. */
final class Tables implements AutoCloseable {

  private static final byte[] FORMAT_KEY = "format".getBytes(StandardCharsets.US_ASCII);
  private static final String FORMAT = "streamkeeper-lmdb 1";
  private static final int OWNER_ONLY = 0600;
  private static final int MAX_READERS = 126;

  private final Env<byte[]> env;
  private final Dbi<byte[]> streams;
  private final Dbi<byte[]> chunks;
  private final Dbi<byte[]> entries;
  private final Dbi<byte[]> dues;
  private final Dbi<byte[]> garbage;
  private boolean mayHaveGarbage = true;

  Tables(Path directory, long mapSize) {
    env =
        Env.create(ByteArrayProxy.PROXY_BA)
            .setMapSize(mapSize)
            .setMaxDbs(8)
            .setMaxReaders(MAX_READERS)
            .open(directory.toFile(), OWNER_ONLY, EnvFlags.MDB_NOTLS);
    try {
      checkFormat(directory, env.openDbi("format", DbiFlags.MDB_CREATE));
      streams = env.openDbi("streams", DbiFlags.MDB_CREATE);
      chunks = env.openDbi("chunks", DbiFlags.MDB_CREATE);
      entries = env.openDbi("entries", DbiFlags.MDB_CREATE);
      dues = env.openDbi("dues", DbiFlags.MDB_CREATE);
      garbage = env.openDbi("garbage", DbiFlags.MDB_CREATE);
    } catch (RuntimeException e) {
      env.close();
      throw e;
    }
  }

  private void checkFormat(Path directory, Dbi<byte[]> format) {
    try (Txn<byte[]> txn = env.txnWrite()) {
      byte[] found = format.get(txn, FORMAT_KEY);
      if (found == null) {
        format.put(txn, FORMAT_KEY, FORMAT.getBytes(StandardCharsets.US_ASCII));
        txn.commit();
        return;
      }
      String version = new String(found, StandardCharsets.US_ASCII);
      if (!version.equals(FORMAT)) {
        throw new StorageException(
            Reason.UNAVAILABLE,
            "data folder "
                + directory
                + " has format '"
                + version
                + "', this version of Streamkeeper reads '"
                + FORMAT
                + "'");
      }
    }
  }

  Txn<byte[]> beginRead() {
    return env.txnRead();
  }

  Txn<byte[]> beginWrite() {
    return env.txnWrite();
  }

  @Override
  public void close() {
    env.close();
  }

  // ---- streams
  // -----------------------------------------------------------------------------------

  Optional<StoredStream> load(Txn<byte[]> txn, StreamName name, Set<String> keys) {
    return find(txn, name).map(row -> view(txn, row, keys));
  }

  private Optional<Row> find(Txn<byte[]> txn, StreamName name) {
    byte[] key = Layout.nameKey(name.toUtf8());
    byte[] value = streams.get(txn, key);
    return value == null ? Optional.empty() : Optional.of(Layout.row(key, value));
  }

  private StoredStream view(Txn<byte[]> txn, Row row, Set<String> keys) {
    Map<String, Bytes> found = new HashMap<>();
    for (String key : keys) {
      byte[] value = entries.get(txn, Layout.entryKey(row.id(), key));
      if (value != null) {
        found.put(key, Layout.entry(value));
      }
    }
    return new StoredStream(
        new StreamName(row.name()), row.id(), row.version(), row.attempt(), row.metadata(), found);
  }

  CommitOutcome apply(Txn<byte[]> txn, Commit commit) {
    Optional<Row> before = find(txn, commit.name());
    Expected actual =
        before
            .<Expected>map(row -> new Expected.Version(row.id(), row.version()))
            .orElse(Expected.ABSENT);
    if (!actual.equals(commit.expected())) {
      Set<String> keys =
          commit.change() instanceof Change.Put put ? put.entries().keySet() : Set.of();
      return new CommitOutcome.Conflict(before.map(row -> view(txn, row, keys)));
    }
    byte[] utf8 = commit.name().toUtf8();
    Optional<Instant> due =
        commit.change() instanceof Change.Put put ? put.due() : Optional.empty();
    if (before.isPresent()) {
      Row old = before.get();
      boolean sameDue = old.due().equals(due) && isSame(old, commit.change());
      if (old.due().isPresent() && !sameDue) {
        dues.delete(txn, Layout.dueKey(old.due().get(), old.id()));
      }
      if (!isSame(old, commit.change())) {
        discard(txn, old.id(), 0, Long.MAX_VALUE);
      }
    }
    if (commit.change() instanceof Change.Put put) {
      long version = before.map(Row::version).orElse(0L) + 1;
      put(txn, commit, put, version, utf8);
      return new CommitOutcome.Applied(version);
    }
    streams.delete(txn, Layout.nameKey(utf8));
    return new CommitOutcome.Applied(0);
  }

  private static boolean isSame(Row row, Change change) {
    return change instanceof Change.Put put && put.id().equals(row.id());
  }

  private void put(Txn<byte[]> txn, Commit commit, Change.Put put, long version, byte[] utf8) {
    put.entries()
        .forEach(
            (key, value) -> {
              byte[] stored = Layout.entryKey(put.id(), key);
              if (value.isPresent()) {
                entries.put(txn, stored, Layout.entry(value.get()));
              } else {
                entries.delete(txn, stored);
              }
            });
    append(txn, put);
    put.due().ifPresent(due -> dues.put(txn, Layout.dueKey(due, put.id()), utf8));
    Row row =
        new Row(
            commit.name().value(), put.id(), version, commit.attempt(), put.due(), put.metadata());
    streams.put(txn, Layout.nameKey(utf8), Layout.row(row, utf8));
  }

  private void append(Txn<byte[]> txn, Change.Put put) {
    if (put.appended().isEmpty()) {
      return;
    }
    Bytes all = Bytes.concat(put.appended());
    for (int at = 0; at < all.length(); at += Layout.MAX_CHUNK) {
      byte[] key = Layout.positionKey(put.id(), put.position() + at);
      Bytes piece = all.slice(at, Math.min(all.length(), at + Layout.MAX_CHUNK));
      chunks.put(txn, key, Layout.chunk(key, piece));
    }
  }

  // ---- reading
  // -----------------------------------------------------------------------------------

  /** Exactly a range of bytes, or nothing where a part of it is missing. */
  Optional<Bytes> read(Txn<byte[]> txn, StreamId id, long from, long to) {
    byte[] discarded = garbage.get(txn, Layout.positionKey(id, 0));
    if (discarded != null && Layout.number(discarded) == Long.MAX_VALUE) {
      // Removed, though not freed yet.
      return Optional.empty();
    }
    ByteBuffer target = ByteBuffer.allocate((int) (to - from));
    try (Cursor<byte[]> cursor = chunks.openCursor(txn)) {
      long at = from;
      for (boolean more = seekFloor(cursor, Layout.positionKey(id, from));
          more && at < to && Layout.belongsTo(id, cursor.key());
          more = cursor.next()) {
        long start = Layout.position(cursor.key());
        long end = start + Layout.chunkLength(cursor.val());
        if (start > at || end <= at) {
          return Optional.empty();
        }
        long upTo = Math.min(end, to);
        Layout.copyChunk(
            cursor.key(), cursor.val(), (int) (at - start), (int) (upTo - start), target);
        at = upTo;
      }
      return at == to ? Optional.of(Bytes.wrap(target.array())) : Optional.empty();
    }
  }

  /** Moves to the greatest key that is not greater than a key. */
  private static boolean seekFloor(Cursor<byte[]> cursor, byte[] key) {
    if (!cursor.get(key, GetOp.MDB_SET_RANGE)) {
      return cursor.last();
    }
    return Arrays.equals(cursor.key(), key) || cursor.prev();
  }

  List<StoredStream> list(Txn<byte[]> txn, String prefix, String after, int limit) {
    String first = StreamName.UTF8_ORDER.compare(after, prefix) > 0 ? after : prefix;
    byte[] from = first.getBytes(StandardCharsets.UTF_8);
    byte[] wanted = prefix.getBytes(StandardCharsets.UTF_8);
    int wantedLength = Math.min(wanted.length, Layout.NAME_PREFIX);
    byte[] start = Arrays.copyOf(from, Math.min(from.length, Layout.NAME_PREFIX));
    List<StoredStream> found = new ArrayList<>();
    try (Cursor<byte[]> cursor = streams.openCursor(txn)) {
      boolean more = start.length == 0 ? cursor.first() : cursor.get(start, GetOp.MDB_SET_RANGE);
      while (more
          && found.size() < limit
          && Layout.startsWith(cursor.key(), wanted, wantedLength)) {
        if (cursor.key().length >= Layout.NAME_PREFIX) {
          more = listLongNames(txn, cursor, prefix, after, limit, found);
        } else {
          addIfListed(txn, Layout.row(cursor.key(), cursor.val()), prefix, after, found);
          more = cursor.next();
        }
      }
    }
    return found;
  }

  /**
   * Lists the names that agree in as many bytes as a key holds of a long name. The rest of such a
   * key is a hash, so their order is not the keys' order: the smallest ones are picked from all of
   * them.
   */
  private boolean listLongNames(
      Txn<byte[]> txn,
      Cursor<byte[]> cursor,
      String prefix,
      String after,
      int limit,
      List<StoredStream> found) {
    byte[] common = Arrays.copyOf(cursor.key(), Layout.NAME_PREFIX);
    TreeMap<String, Row> smallest = new TreeMap<>(StreamName.UTF8_ORDER);
    boolean more = true;
    while (more && Layout.startsWith(cursor.key(), common, Layout.NAME_PREFIX)) {
      Row row = Layout.row(cursor.key(), cursor.val());
      if (isListed(row, prefix, after)) {
        smallest.put(row.name(), row);
        if (smallest.size() > limit - found.size()) {
          smallest.pollLastEntry();
        }
      }
      more = cursor.next();
    }
    smallest.values().forEach(row -> found.add(view(txn, row, Set.of())));
    return more;
  }

  private void addIfListed(
      Txn<byte[]> txn, Row row, String prefix, String after, List<StoredStream> found) {
    if (isListed(row, prefix, after)) {
      found.add(view(txn, row, Set.of()));
    }
  }

  private static boolean isListed(Row row, String prefix, String after) {
    return row.name().startsWith(prefix)
        && (after.isEmpty() || StreamName.UTF8_ORDER.compare(row.name(), after) > 0);
  }

  List<StreamName> due(Txn<byte[]> txn, Instant now, int limit) {
    List<StreamName> found = new ArrayList<>();
    try (Cursor<byte[]> cursor = dues.openCursor(txn)) {
      for (boolean more = cursor.first();
          more && found.size() < limit && !Layout.due(cursor.key()).isAfter(now);
          more = cursor.next()) {
        found.add(new StreamName(new String(cursor.val(), StandardCharsets.UTF_8)));
      }
    }
    return found;
  }

  // ---- garbage
  // -----------------------------------------------------------------------------------

  /** Notes that a range of an incarnation is not needed any more; all of it, with its entries. */
  void discard(Txn<byte[]> txn, StreamId id, long from, long to) {
    byte[] key = Layout.positionKey(id, from);
    byte[] noted = garbage.get(txn, key);
    if (noted == null || Layout.number(noted) < to) {
      garbage.put(txn, key, Layout.number(to));
      mayHaveGarbage = true;
    }
  }

  /** Whether {@link #collect} may find something; for the writer's thread only. */
  boolean mayHaveGarbage() {
    return mayHaveGarbage;
  }

  /** Frees at most so many values of what was noted; false if there was nothing left to do. */
  boolean collect(Txn<byte[]> txn, int most) {
    byte @Nullable [] key = null;
    long to = 0;
    try (Cursor<byte[]> cursor = garbage.openCursor(txn)) {
      if (cursor.first()) {
        key = cursor.key().clone();
        to = Layout.number(cursor.val());
      }
    }
    if (key == null) {
      mayHaveGarbage = false;
      return false;
    }
    StreamId id = StreamId.fromBytes(ByteBuffer.wrap(key));
    int freed = freeChunks(txn, id, key, to, most);
    if (to == Long.MAX_VALUE && freed < most) {
      freed += freeEntries(txn, id, most - freed);
    }
    if (freed < most) {
      garbage.delete(txn, key);
    }
    return true;
  }

  private int freeChunks(Txn<byte[]> txn, StreamId id, byte[] from, long to, int most) {
    int freed = 0;
    try (Cursor<byte[]> cursor = chunks.openCursor(txn)) {
      boolean more = cursor.get(from, GetOp.MDB_SET_RANGE);
      while (more
          && freed < most
          && Layout.belongsTo(id, cursor.key())
          && Layout.position(cursor.key()) + Layout.chunkLength(cursor.val()) <= to) {
        cursor.delete();
        freed++;
        // After a deletion the cursor is at the next value, but its buffers are not.
        more = cursor.get(from, GetOp.MDB_SET_RANGE);
      }
    }
    return freed;
  }

  private int freeEntries(Txn<byte[]> txn, StreamId id, int most) {
    int freed = 0;
    try (Cursor<byte[]> cursor = entries.openCursor(txn)) {
      boolean more = cursor.get(id.toBytes(), GetOp.MDB_SET_RANGE);
      while (more && freed < most && Layout.belongsTo(id, cursor.key())) {
        cursor.delete();
        freed++;
        more = cursor.get(id.toBytes(), GetOp.MDB_SET_RANGE);
      }
    }
    return freed;
  }
}
