package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StorageException.Reason;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Exact bytes at all boundaries; removed and reclaimed ones. */
abstract class ReadContract extends Contract {

  private static final StreamName NAME = name("stream");
  private static final int MAX_READ = 16 * 1024 * 1024;

  ReadContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void everyRangeOfASmallStreamIsExact() {
    StreamId id = newId();
    Bytes all = Bytes.utf8("0123456789abcdefghijklmnop");
    long version = create(NAME, put(id).append(0, all.slice(0, 1)));
    int end = 1;
    for (int length : new int[] {2, 1, 7, 3, 12}) {
      version =
          apply(
              NAME,
              new Expected.Version(id, version),
              put(id).append(end, all.slice(end, end + length)));
      end += length;
    }
    for (int from = 0; from <= end; from++) {
      for (int to = from; to <= end; to++) {
        assertThat(read(id, from, to)).isEqualTo(all.slice(from, to));
      }
    }
  }

  @Test
  void randomRangesOfRandomAppendsAreExact() {
    for (long seed : seeds(6)) {
      withSeed(seed, () -> readRandomRanges(new Random(seed), name("random-" + seed)));
    }
  }

  private void readRandomRanges(Random random, StreamName name) {
    StreamId id = newId();
    long start = random.nextInt(1 << random.nextInt(1, 30));
    int longest = 1 << random.nextInt(1, 15);
    List<Bytes> model = new ArrayList<>();
    List<Integer> boundaries = new ArrayList<>(List.of(0));
    long version = create(name, put(id));
    int length = 0;
    while (boundaries.size() < 150) {
      List<Bytes> parts = new ArrayList<>();
      int position = length;
      for (int i = random.nextInt(1, 6); i > 0; i--) {
        Bytes part = random(random, random.nextInt(1, longest + 1));
        parts.add(part);
        length += part.length();
        boundaries.add(length);
      }
      version =
          apply(name, new Expected.Version(id, version), put(id).append(start + position, parts));
      model.addAll(parts);
    }
    Bytes all = Bytes.concat(model);
    assertThat(read(id, start, start + length)).isEqualTo(all);
    for (int boundary : boundaries) {
      int from = Math.max(0, boundary - 1);
      int to = Math.min(length, boundary + 1);
      assertThat(read(id, start + from, start + to)).isEqualTo(all.slice(from, to));
      assertThat(read(id, start + boundary, start + to)).isEqualTo(all.slice(boundary, to));
      assertThat(read(id, start + from, start + boundary)).isEqualTo(all.slice(from, boundary));
    }
    for (int i = 0; i < 300; i++) {
      int from = random.nextInt(length + 1);
      int to = from + random.nextInt(length - from + 1);
      assertThat(read(id, start + from, start + to)).isEqualTo(all.slice(from, to));
    }
  }

  @Test
  void bytesThatAreNotThereAreNeverMadeUp() {
    StreamId id = newId();
    create(NAME, put(id).append(100, Bytes.utf8("abc")));
    assertUnreadable(id, 100, 104);
    assertUnreadable(id, 103, 104);
    assertUnreadable(id, 99, 103);
    assertUnreadable(id, 0, 1);
    assertUnreadable(newId(), 100, 103);
  }

  @Test
  void oneReadReturnsSixteenMebibytes() {
    StreamId id = newId();
    int length = Math.min(storage.capabilities().maxCommitBytes(), 1024 * 1024);
    Bytes block = random(new Random(1), length);
    long version = create(NAME, put(id));
    long end = 0;
    while (end < MAX_READ + 10) {
      version = apply(NAME, new Expected.Version(id, version), put(id).append(end, block));
      end += length;
    }
    Bytes found = read(id, 5, MAX_READ + 5);
    assertThat(found.length()).isEqualTo(MAX_READ);
    int at = 0;
    while (at < MAX_READ) {
      int within = (at + 5) % length;
      int count = Math.min(length - within, MAX_READ - at);
      assertThat(found.slice(at, at + count).equals(block.slice(within, within + count)))
          .as("the bytes at %s", at + 5)
          .isTrue();
      at += count;
    }
  }

  @Test
  void bytesThatWereReadStayAsTheyAre() {
    StreamId id = newId();
    Bytes bytes = random(new Random(2), 60_000);
    long version = create(NAME, put(id).append(0, bytes));
    Bytes held = read(id, 1, 59_999);

    remove(NAME, id, version);
    for (int i = 0; i < 50; i++) {
      StreamId next = newId();
      long created = create(NAME, put(next).append(0, random(new Random(i), 60_000)));
      remove(NAME, next, created);
    }
    assertThat(held).isEqualTo(bytes.slice(1, 59_999));
  }

  @Test
  void aFormerLifesBytesAreNeverReadInTheNext() {
    StreamId former = newId();
    long version = create(NAME, put(former).append(0, Bytes.utf8("secret secret secret")));
    StreamId next = newId();
    version = apply(NAME, new Expected.Version(former, version), put(next).metadata("next"));
    assertUnreadable(next, 0, 1);
    assertUnreadable(next, 0, 20);
    apply(NAME, new Expected.Version(next, version), put(next).append(5, Bytes.utf8("new")));
    assertThat(read(next, 5, 8)).isEqualTo(Bytes.utf8("new"));
    assertUnreadable(next, 4, 8);
    assertUnreadable(next, 5, 9);
    assertUnreadable(former, 0, 20);
  }

  @Test
  void whatIsNotReclaimedStaysExact() {
    for (long seed : seeds(4)) {
      withSeed(seed, () -> reclaimRandomRanges(new Random(seed), name("reclaim-" + seed)));
    }
  }

  private void reclaimRandomRanges(Random random, StreamName name) {
    StreamId id = newId();
    Bytes all = random(random, 200_000);
    boolean[] reclaimed = new boolean[all.length()];
    long version = create(name, put(id));
    int end = 0;
    int first = 0;
    while (end < all.length()) {
      int next = Math.min(all.length(), end + random.nextInt(1, 5_000));
      version =
          apply(name, new Expected.Version(id, version), put(id).append(end, all.slice(end, next)));
      end = next;
      if (random.nextInt(4) == 0) {
        // Mostly from the beginning, as retention does; sometimes somewhere.
        int from = random.nextInt(3) > 0 ? first : random.nextInt(end);
        int to = from + random.nextInt(end - from + 1);
        await(storage.reclaim(id, from, to));
        for (int i = from; i < to; i++) {
          reclaimed[i] = true;
        }
        first = from == first ? to : first;
      }
      int from = random.nextInt(end);
      int to = from + random.nextInt(Math.min(end - from, 3_000) + 1);
      assertExactUnlessReclaimed(id, all, reclaimed, from, to);
    }
    for (int from = 0; from < end; from += 1_000) {
      assertExactUnlessReclaimed(id, all, reclaimed, from, from + 1_000);
    }
  }

  private void assertExactUnlessReclaimed(
      StreamId id, Bytes all, boolean[] reclaimed, int from, int to) {
    boolean touched = false;
    for (int i = from; i < to; i++) {
      touched |= reclaimed[i];
    }
    CompletionStage<Bytes> reading = storage.read(id, from, to);
    if (touched) {
      // Gone or still right, but never anything else.
      reading =
          reading.exceptionally(
              failure -> {
                assertThat(Stages.causeOf(failure))
                    .isInstanceOfSatisfying(
                        StorageException.class,
                        refused -> assertThat(refused.reason()).isEqualTo(Reason.CORRUPT));
                return all.slice(from, to);
              });
    }
    assertThat(await(reading)).as("%s to %s", from, to).isEqualTo(all.slice(from, to));
  }

  @Test
  void reclaimingIsHarmlessWhereNothingIsToBeFreed() {
    StreamId id = newId();
    long version = create(NAME, put(id).append(0, Bytes.utf8("abcdef")));
    await(storage.reclaim(id, 3, 3));
    await(storage.reclaim(newId(), 0, 100));
    await(storage.reclaim(id, 0, 2));
    await(storage.reclaim(id, 0, 2));
    await(storage.reclaim(id, 1, 3));
    assertThat(read(id, 3, 6)).isEqualTo(Bytes.utf8("def"));
    apply(NAME, new Expected.Version(id, version), put(id).append(6, Bytes.utf8("ghi")));
    assertThat(read(id, 3, 9)).isEqualTo(Bytes.utf8("defghi"));
    await(storage.reclaim(id, 0, 9));
    assertThat(loaded(NAME).id()).isEqualTo(id);
    apply(
        NAME,
        new Expected.Version(id, loaded(NAME).version()),
        put(id).append(9, Bytes.utf8("jkl")));
    assertThat(read(id, 9, 12)).isEqualTo(Bytes.utf8("jkl"));
  }
}
