package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Order, prefix, continuation and pages of listings. */
abstract class ListContract extends Contract {

  ListContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void anEmptyStorageListsNothing() {
    assertThat(await(storage.list("", "", 10_000))).isEmpty();
    assertThat(await(storage.list("a", "b", 1))).isEmpty();
  }

  @Test
  void aListedStreamIsAsItIsStoredWithoutEntries() {
    StreamId id = newId();
    long version = create(name("a/b"), put(id).metadata("listed").entry("e", "1"));
    version = apply(name("a/b"), new Expected.Version(id, version), put(id).metadata("again"));
    StoredStream stored = loaded(name("a/b"));
    assertThat(stored.version()).isEqualTo(version);
    assertThat(stored.metadata()).isEqualTo(Bytes.utf8("again"));
    assertThat(stored.entries()).isEqualTo(Map.of());
    assertSoon(() -> await(storage.list("", "", 10)), List.of(stored));
  }

  @Test
  void namesComeInTheOrderOfTheirUtf8Bytes() {
    List<StreamName> ordered = new ArrayList<>();
    for (String value :
        new String[] {
          " ",
          "%",
          "0",
          "1",
          "10",
          "2",
          "A",
          "B",
          "_",
          "a",
          "a b",
          "a!",
          "a-",
          "a.",
          "a/a",
          "a/b",
          "a0",
          "aa",
          "b",
          "z",
          "~",
          "\u00e4",
          "\u03a9",
          "\ud7ff",
          "\ue000",
          "\uffee",
          "\uffff",
          "\ud800\udc00",
          "\ud83d\ude00",
          "\ud83d\ude00a",
          "\ud83d\ude01",
          "\udbff\udfff"
        }) {
      ordered.add(name(value));
    }
    for (int i = 0; i < ordered.size(); i++) {
      create(ordered.get(i * 7 % ordered.size()), put(newId()));
    }
    assertSoon(() -> list("", 10_000), ordered);
    for (int page = 1; page < 6; page++) {
      int limit = page;
      assertSoon(() -> list("", limit), ordered);
    }
  }

  @Test
  void aPrefixIsTakenLiterally() {
    for (String value :
        new String[] {"a%b", "a_b", "axb", "a*b", "a\\b", "A%B", "a%", "a", "a%b/c", "\u00e4"}) {
      create(name(value), put(newId()));
    }
    assertSoon(() -> list("a%", 10), List.of(name("a%"), name("a%b"), name("a%b/c")));
    assertSoon(() -> list("a_", 10), List.of(name("a_b")));
    assertSoon(() -> list("a\\", 10), List.of(name("a\\b")));
    assertSoon(() -> list("a*", 10), List.of(name("a*b")));
    assertSoon(() -> list("a%b/", 10), List.of(name("a%b/c")));
    assertSoon(() -> list("b", 10), List.of());
    assertSoon(() -> list("a%b/c/d", 10), List.of());
    assertSoon(() -> list("\u00e4", 10), List.of(name("\u00e4")));
  }

  @Test
  void aListingContinuesAfterAnyText() {
    for (String value : new String[] {"a/1", "a/2", "a/3", "b/1", "b/2"}) {
      create(name(value), put(newId()));
    }
    assertListed("", "a/2", "a/3", "b/1", "b/2");
    assertListed("", "a/2/", "a/3", "b/1", "b/2");
    assertListed("", "a", "a/1", "a/2", "a/3", "b/1", "b/2");
    assertListed("", "c");
    assertListed("a/", "", "a/1", "a/2", "a/3");
    assertListed("a/", "A", "a/1", "a/2", "a/3");
    assertListed("a/", "a/", "a/1", "a/2", "a/3");
    assertListed("a/", "a/1", "a/2", "a/3");
    assertListed("a/", "a/3");
    assertListed("a/", "b/1");
    assertListed("b/", "a/1", "b/1", "b/2");
  }

  private void assertListed(String prefix, String after, String... expected) {
    List<StreamName> names = new ArrayList<>();
    for (String value : expected) {
      names.add(name(value));
    }
    assertSoon(() -> names(await(storage.list(prefix, after, 10))), names);
    if (names.size() > 1) {
      assertSoon(() -> names(await(storage.list(prefix, after, 1))), names.subList(0, 1));
    }
  }

  @Test
  void removedStreamsAreNotListed() {
    List<StreamId> ids = new ArrayList<>();
    List<Long> versions = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      ids.add(newId());
      versions.add(create(name("s" + i), put(ids.get(i))));
    }
    for (int i = 0; i < 10; i++) {
      if (i != 4) {
        remove(name("s" + i), ids.get(i), versions.get(i));
      }
    }
    assertSoon(() -> list("", 1), List.of(name("s4")));
    assertSoon(() -> list("s", 2), List.of(name("s4")));
  }

  @Test
  void randomListingsMatchAModel() {
    for (long seed : seeds(3)) {
      withSeed(seed, () -> listRandomly(new Random(seed), "r" + seed + "/"));
    }
  }

  private void listRandomly(Random random, String root) {
    TreeSet<StreamName> model = new TreeSet<>();
    for (int i = 0; i < 200; i++) {
      StreamName name = name(root + randomText(random, 1 + random.nextInt(4)));
      if (model.add(name)) {
        create(name, put(newId()));
      }
    }
    assertSoon(() -> list(root, 10_000), List.copyOf(model));
    for (int i = 0; i < 200; i++) {
      String prefix = root + randomText(random, random.nextInt(3));
      String after = random.nextInt(3) == 0 ? "" : root + randomText(random, random.nextInt(4));
      int limit = 1 + random.nextInt(20);
      List<StreamName> expected = new ArrayList<>();
      for (StreamName name : model) {
        if (name.value().startsWith(prefix) && isAfter(name, after) && expected.size() < limit) {
          expected.add(name);
        }
      }
      assertSoon(() -> names(await(storage.list(prefix, after, limit))), expected);
    }
  }

  private static boolean isAfter(StreamName name, String after) {
    // A text that ends with a slash is no name; with the least character behind it, it is.
    return after.isEmpty()
        || (after.endsWith("/")
            ? name.compareTo(name(after + " ")) >= 0
            : name.compareTo(name(after)) > 0);
  }

  /** Few characters, so that prefixes meet. */
  private static String randomText(Random random, int length) {
    String[] characters = {"a", "b", "%", "_", "\u00e4", "\uffee", "\ud83d\ude00", "\ud83d\ude01"};
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(characters[random.nextInt(characters.length)]);
    }
    return text.toString();
  }

  private static List<StreamName> names(List<StoredStream> streams) {
    return streams.stream().map(StoredStream::name).toList();
  }
}
