package dev.streamkeeper.storage.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.stream.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ByteRunTest {

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void readsExactlyWhatWasAppendedAndNotReclaimed(long seed) {
    Random random = new Random(seed);
    byte[] model = new byte[2_000_000];
    BitSet readable = new BitSet();
    ByteRun run = new ByteRun();
    int end = random.nextInt(1000);
    List<Handed> handed = new ArrayList<>();
    int longest = 1 << random.nextInt(1, 18);
    for (int step = 0; step < 400; step++) {
      int what = random.nextInt(10);
      if (what < 5) {
        List<Bytes> parts = new ArrayList<>();
        int total = 0;
        int start = end;
        for (int i = random.nextInt(1, 4); i > 0; i--) {
          byte[] part = new byte[random.nextInt(1, longest + 1)];
          if (end + part.length > model.length) {
            break;
          }
          random.nextBytes(part);
          System.arraycopy(part, 0, model, end, part.length);
          parts.add(Bytes.wrap(part));
          end += part.length;
          total += part.length;
        }
        if (total > 0) {
          run.append(start, parts, total);
          readable.set(start, end);
        }
      } else if (what < 6) {
        int from = random.nextInt(end + 1);
        int to = from + random.nextInt(2 * longest);
        int before = readable.cardinality();
        readable.clear(from, Math.max(from, to));
        assertThat(run.reclaim(from, to)).isEqualTo(before - readable.cardinality());
      } else {
        int from = random.nextInt(end + 1);
        int to = Math.min(end, from + random.nextInt(4 * longest));
        Optional<Bytes> read = run.read(from, to);
        boolean whole = readable.nextClearBit(from) >= to;
        assertThat(read.isPresent()).as("seed %s, %s to %s", seed, from, to).isEqualTo(whole);
        if (whole) {
          byte[] expected = Arrays.copyOfRange(model, from, to);
          assertThat(read).contains(Bytes.wrap(expected));
          handed.add(new Handed(read.get(), Bytes.wrap(expected)));
        }
      }
    }
    for (Handed slice : handed) {
      assertThat(slice.bytes()).as("handed out and never changed").isEqualTo(slice.was());
    }
  }

  private record Handed(Bytes bytes, Bytes was) {}
}
