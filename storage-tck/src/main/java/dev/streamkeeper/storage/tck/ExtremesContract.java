package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Large values, many streams, many entries, strange names. */
abstract class ExtremesContract extends Contract {

  private static final StreamName NAME = name("extreme");
  private static final int MANY_STREAMS = 20_000;
  private static final int MANY_ENTRIES = 10_000;
  private static final int LARGEST_TRIED = 64 * 1024 * 1024;
  private static final int MAX_READ = 16 * 1024 * 1024;

  ExtremesContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void aCommitMayBeAsLargeAsTheStorageSays() {
    int most = Math.min(storage.capabilities().maxCommitBytes(), LARGEST_TRIED);
    Bytes block = random(new Random(1), most);
    StreamId id = newId();
    long version = create(NAME, put(id).append(0, block));
    List<Bytes> parts = new ArrayList<>();
    int step = most / 4_096;
    for (int at = 0; at < most; at += step) {
      parts.add(block.slice(at, Math.min(most, at + step)));
    }
    apply(NAME, new Expected.Version(id, version), put(id).append(most, parts));
    for (int at = 0; at < most; at += MAX_READ) {
      int stop = Math.min(most, at + MAX_READ);
      assertThat(read(id, at, stop).equals(block.slice(at, stop))).isTrue();
      assertThat(read(id, (long) most + at, (long) most + stop).equals(block.slice(at, stop)))
          .isTrue();
    }
  }

  @Test
  void largeMetadataAndEntriesAreKept() {
    Random random = new Random(3);
    StreamId id = newId();
    Bytes metadata = random(random, 8 * 1024);
    Bytes large = random(random, 64 * 1024);
    Bytes larger = random(random, 200 * 1024);
    long version =
        create(
            NAME,
            put(id)
                .metadata(metadata)
                .entry("large", large)
                .entry("larger", larger)
                .entry("s", "1"));
    assertThat(loaded(NAME, "large", "larger", "s").entries())
        .isEqualTo(Map.of("large", large, "larger", larger, "s", Bytes.utf8("1")));
    assertThat(loaded(NAME).metadata()).isEqualTo(metadata);

    apply(
        NAME,
        new Expected.Version(id, version),
        put(id).metadata(metadata.slice(0, 1)).entry("large", "small").entry("s", larger));
    assertThat(loaded(NAME).metadata()).isEqualTo(metadata.slice(0, 1));
    assertThat(loaded(NAME, "large", "larger", "s").entries())
        .isEqualTo(Map.of("large", Bytes.utf8("small"), "larger", larger, "s", larger));
  }

  @Test
  void oneCommitMayChangeManyEntries() {
    StreamId id = newId();
    Putting first = put(id);
    Putting second = put(id);
    Map<String, Bytes> expected = new HashMap<>();
    Set<String> keys = new HashSet<>();
    for (int i = 0; i < 1_000; i++) {
      keys.add("key " + i);
      first.entry("key " + i, "first " + i);
      if (i % 3 == 0) {
        second.noEntry("key " + i);
      } else if (i % 3 == 1) {
        second.entry("key " + i, "second " + i);
        expected.put("key " + i, Bytes.utf8("second " + i));
      } else {
        expected.put("key " + i, Bytes.utf8("first " + i));
      }
    }
    long version = create(NAME, first);
    apply(NAME, new Expected.Version(id, version), second);
    assertThat(await(storage.load(NAME, keys)).orElseThrow().entries()).isEqualTo(expected);
  }

  @Test
  void aStreamMayHaveManyEntries() {
    StreamId id = newId();
    long version = create(NAME, put(id));
    for (int i = 0; i < MANY_ENTRIES; i += 10) {
      Putting put = put(id);
      for (int j = i; j < i + 10; j++) {
        put.entry("producer-" + j, "state " + j);
      }
      version = apply(NAME, new Expected.Version(id, version), put);
    }
    version =
        apply(NAME, new Expected.Version(id, version), put(id).entry("producer-5000", "changed"));
    for (int i = 0; i < MANY_ENTRIES; i += 333) {
      assertThat(loaded(NAME, "producer-" + i).entries())
          .isEqualTo(entries("producer-" + i, "state " + i));
    }
    assertThat(loaded(NAME, "producer-5000").entries())
        .isEqualTo(entries("producer-5000", "changed"));
    assertThat(loaded(NAME).entries()).isEmpty();
    remove(NAME, id, version);
    create(NAME, put(newId()));
    assertThat(loaded(NAME, "producer-1", "producer-5000").entries()).isEmpty();
  }

  @Test
  void thereMayBeManyStreams() {
    List<StreamId> ids = new ArrayList<>();
    List<StreamName> names = new ArrayList<>();
    for (int i = 0; i < MANY_STREAMS; i++) {
      ids.add(newId());
      names.add(name(String.format(Locale.ROOT, "many/%05d", i)));
      applyLater(
          names.get(i), Expected.ABSENT, put(ids.get(i)).append(0, Bytes.utf8("bytes " + i)));
    }
    awaitAllApplied();
    for (int i = 0; i < MANY_STREAMS; i += 97) {
      assertThat(loaded(names.get(i)).id()).isEqualTo(ids.get(i));
      Bytes expected = Bytes.utf8("bytes " + i);
      assertThat(read(ids.get(i), 0, expected.length())).isEqualTo(expected);
    }
    assertSoon(() -> list("many/", 10_000), names);
    assertSoon(() -> list("many/0123", 3), names.subList(1_230, 1_240));
  }

  @Test
  void hostileNamesAreToldApart() {
    List<StreamName> names = hostileNames();
    List<StreamId> ids = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      ids.add(newId());
      create(
          names.get(i),
          put(ids.get(i)).metadata("m" + i).entry("e", "e" + i).append(0, Bytes.utf8("b" + i)));
    }
    for (int i = 0; i < names.size(); i++) {
      StreamName name = names.get(i);
      assertThat(loaded(name).id()).isEqualTo(ids.get(i));
      assertThat(loaded(name, "e").entries()).isEqualTo(entries("e", "e" + i));
      assertThat(read(ids.get(i), 0, ("b" + i).length())).isEqualTo(Bytes.utf8("b" + i));
    }
    assertSoon(() -> list("", 10_000), names.stream().sorted().toList());
    assertSoon(() -> list("", 1), names.stream().sorted().toList());
    for (int i = 0; i < names.size(); i += 2) {
      remove(names.get(i), ids.get(i), loaded(names.get(i)).version());
    }
    for (int i = 0; i < names.size(); i++) {
      assertThat(load(names.get(i)).isPresent()).isEqualTo(i % 2 == 1);
    }
  }

  private static List<StreamName> hostileNames() {
    String longest = "x".repeat(StreamName.MAX_BYTES - 1);
    String emoji = "\ud83d\ude00".repeat(StreamName.MAX_BYTES / 4 - 1);
    Set<String> values = new HashSet<>(Set.of("a", "A", "a ", " a", "%61", "a%00", "a+b", "a b"));
    values.addAll(List.of(longest + "a", longest + "b", longest, longest.substring(1)));
    values.addAll(List.of(emoji + "\ud83d\ude00", emoji + "\ud83d\ude01", emoji + "\uffee"));
    values.addAll(List.of("\u00e9", "e\u0301", "\u212b", "\u00c5", "A\u030a"));
    values.addAll(List.of("%", "%25", "_", "'", "\"", "\\", ";--", "' OR 1=1", "$1", "{}", "*"));
    values.addAll(List.of("a/b", "a%2Fb", "a\\b", "a:b", "a|b", "..a", "a..", ".a", "a.", "~"));
    values.addAll(List.of("CON", "nul", "\ud800\udc00", "\udbff\udfff", "\ufffd", "\uffff"));
    values.addAll(List.of("\u0130", "i", "I", "\u0131", "\u00df", "ss", "null", "true", "0", "-1"));
    for (int i = 0; i < 20; i++) {
      String shared = "shared/" + "p".repeat(480 + i);
      values.add(shared);
      values.add(shared + "/1");
      values.add(shared + "/2");
    }
    return values.stream().map(StreamName::new).toList();
  }

  @Test
  void hostileEntryKeysAreToldApart() {
    StreamId id = newId();
    String longest = "k".repeat(1_099);
    Set<String> keys = new HashSet<>(Set.of("a", "A", "a ", " ", "%61", "\ud83d\ude00", "a/b"));
    keys.addAll(List.of(longest + "a", longest + "b", longest, "\ud83d\ude01".repeat(275)));
    keys.addAll(List.of("\u00e9", "e\u0301", "\u0000", "\u0001", "a\u0000", "a\u0000b", "\u007f"));
    keys.addAll(List.of("\ud83d\ude00".repeat(275), "\uffff", "\ufffd", "'", "\"", "\\", "%", "_"));
    Putting put = put(id);
    Map<String, Bytes> expected = new HashMap<>();
    for (String key : keys) {
      Bytes value = Bytes.utf8("value of " + key);
      put.entry(key, value);
      expected.put(key, value);
    }
    long version = create(NAME, put);
    assertThat(await(storage.load(NAME, keys)).orElseThrow().entries()).isEqualTo(expected);
    for (String key : keys) {
      version = apply(NAME, new Expected.Version(id, version), put(id).noEntry(key));
      expected.remove(key);
      assertThat(await(storage.load(NAME, keys)).orElseThrow().entries()).isEqualTo(expected);
    }
  }
}
