package dev.streamkeeper.storage.tck;

import static dev.streamkeeper.storage.tck.Putting.put;
import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.storage.AttemptId;
import dev.streamkeeper.storage.Commit;
import dev.streamkeeper.storage.Commit.Change;
import dev.streamkeeper.storage.Commit.Expected;
import dev.streamkeeper.storage.StoredStream;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.StreamId;
import dev.streamkeeper.stream.StreamName;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a commit does and answers, one at a time. */
abstract class CommitContract extends Contract {

  private static final StreamName NAME = name("chats/42/answer");
  private static final Instant DUE = Instant.parse("2030-01-01T00:00:00Z");

  CommitContract(StorageContractTest author) {
    super(author);
  }

  @Test
  void nothingIsLoadedForANameThatWasNeverStored() {
    assertThat(load(NAME, "some entry")).isEmpty();
  }

  @Test
  void aCreatedStreamIsLoadedAsItWasStored() {
    StreamId id = newId();
    AttemptId attempt = new AttemptId(Long.MIN_VALUE, -1);
    Change.Put put = put(id).metadata("born").entry("p", "1").build();
    long version = version(await(storage.commit(new Commit(NAME, Expected.ABSENT, attempt, put))));

    assertThat(load(NAME))
        .contains(new StoredStream(NAME, id, version, attempt, Bytes.utf8("born"), Map.of()));
  }

  @Test
  void aStreamNeedsNeitherMetadataNorEntriesNorBytes() {
    StreamId id = newId();
    create(NAME, put(id).metadata(Bytes.EMPTY));
    assertThat(loaded(NAME).metadata()).isEqualTo(Bytes.EMPTY);
    assertThat(read(id, 0, 0)).isEqualTo(Bytes.EMPTY);
  }

  @Test
  void anyIdAndAnyAttemptCanBeStored() {
    List<StreamId> ids =
        List.of(
            new StreamId(0, 0),
            new StreamId(-1, -1),
            new StreamId(0, -1),
            new StreamId(-1, 0),
            new StreamId(Long.MIN_VALUE, Long.MAX_VALUE));
    for (int i = 0; i < ids.size(); i++) {
      StreamName name = name("id-" + i);
      AttemptId attempt = new AttemptId(ids.get(i).low(), ids.get(i).high());
      Change.Put put = put(ids.get(i)).entry("e", "e" + i).append(0, Bytes.utf8("b" + i)).build();
      version(await(storage.commit(new Commit(name, Expected.ABSENT, attempt, put))));
    }
    for (int i = 0; i < ids.size(); i++) {
      StoredStream stream = loaded(name("id-" + i), "e");
      assertThat(stream.id()).isEqualTo(ids.get(i));
      assertThat(stream.attempt()).isEqualTo(new AttemptId(ids.get(i).low(), ids.get(i).high()));
      assertThat(stream.entries()).isEqualTo(entries("e", "e" + i));
      assertThat(read(ids.get(i), 0, 2)).isEqualTo(Bytes.utf8("b" + i));
    }
  }

  @Test
  void versionsGrowWithEachCommit() {
    StreamId id = newId();
    long version = create(NAME, put(id));
    for (int i = 0; i < 100; i++) {
      long next = apply(NAME, new Expected.Version(id, version), put(id).metadata("m" + i));
      assertThat(next).isGreaterThan(version);
      assertThat(loaded(NAME).version()).isEqualTo(next);
      assertThat(loaded(NAME).metadata()).isEqualTo(Bytes.utf8("m" + i));
      version = next;
    }
  }

  @Test
  void theLatestCommitsAttemptIsLoaded() {
    StreamId id = newId();
    long version = create(NAME, put(id));
    AttemptId attempt = new AttemptId(77, 78);
    Commit commit = new Commit(NAME, new Expected.Version(id, version), attempt, put(id).build());
    version(await(storage.commit(commit)));
    assertThat(loaded(NAME).attempt()).isEqualTo(attempt);

    conflict(NAME, new Expected.Version(id, version), put(id));
    assertThat(loaded(NAME).attempt()).as("a conflict stores no attempt").isEqualTo(attempt);
  }

  @Test
  void creatingAStoredNameConflictsWithWhatIsStored() {
    StreamId id = newId();
    create(NAME, put(id).metadata("first").entry("a", "1").entry("b", "2").entry("c", "3"));
    StoredStream stored = loaded(NAME);

    Optional<StoredStream> current =
        conflict(
            NAME,
            Expected.ABSENT,
            put(newId()).entry("a", "other").noEntry("b").entry("unknown", "x"));

    assertThat(current).isPresent();
    assertThat(current.get().id()).isEqualTo(id);
    assertThat(current.get().version()).isEqualTo(stored.version());
    assertThat(current.get().attempt()).isEqualTo(stored.attempt());
    assertThat(current.get().metadata()).isEqualTo(Bytes.utf8("first"));
    assertThat(current.get().entries())
        .as("the entries that the commit would have changed")
        .isEqualTo(entries("a", "1", "b", "2"));
  }

  @Test
  void changingANameThatHoldsNothingConflictsWithNothing() {
    assertThat(conflict(NAME, new Expected.Version(newId(), 1), put(newId()))).isEmpty();
    assertThat(current(commit(NAME, new Expected.Version(newId(), 1), new Change.Remove())))
        .isEmpty();
    assertThat(load(NAME)).isEmpty();
  }

  @Test
  void aWrongVersionOrIdConflicts() {
    StreamId id = newId();
    long old = create(NAME, put(id).metadata("old"));
    long version = apply(NAME, new Expected.Version(id, old), put(id).metadata("new"));
    List<Expected> wrong =
        List.of(
            Expected.ABSENT,
            new Expected.Version(id, old),
            new Expected.Version(id, version + 1),
            new Expected.Version(id, 0),
            new Expected.Version(id, -version),
            new Expected.Version(new StreamId(id.high(), id.low() + 1), version),
            new Expected.Version(new StreamId(id.high() + 1, id.low()), version));
    for (Expected expected : wrong) {
      assertThat(conflict(NAME, expected, put(id))).as("%s", expected).contains(loaded(NAME));
      assertThat(conflict(NAME, expected, put(newId()))).as("%s", expected).isPresent();
      assertThat(current(commit(NAME, expected, new Change.Remove()))).isPresent();
    }
    assertThat(loaded(NAME).version()).isEqualTo(version);
    assertThat(loaded(NAME).metadata()).isEqualTo(Bytes.utf8("new"));
  }

  @Test
  void aConflictChangesNothing() {
    StreamId id = newId();
    long version = create(NAME, put(id).due(DUE).entry("a", "1").append(0, Bytes.utf8("abc")));
    StreamId other = newId();

    conflict(
        NAME,
        new Expected.Version(id, version + 1),
        put(id).metadata("x").noEntry("a").entry("b", "2").append(3, Bytes.utf8("def")));
    conflict(NAME, Expected.ABSENT, put(other).append(0, Bytes.utf8("xyz")));

    StoredStream stream = loaded(NAME, "a", "b");
    assertThat(stream.version()).isEqualTo(version);
    assertThat(stream.metadata()).isEqualTo(Bytes.utf8("metadata"));
    assertThat(stream.entries()).isEqualTo(entries("a", "1"));
    assertThat(read(id, 0, 3)).isEqualTo(Bytes.utf8("abc"));
    assertUnreadable(id, 3, 6);
    assertUnreadable(other, 0, 3);
    assertSoon(() -> due(DUE, 10), List.of(NAME));
    apply(NAME, new Expected.Version(id, version), put(id).append(3, Bytes.utf8("ghi")));
    assertThat(read(id, 0, 6)).isEqualTo(Bytes.utf8("abcghi"));
  }

  @Test
  void entriesAreStoredReplacedRemovedAndKept() {
    StreamId id = newId();
    long version = create(NAME, put(id).entry("keep", "1").entry("change", "1").entry("go", "1"));
    version =
        apply(
            NAME,
            new Expected.Version(id, version),
            put(id).entry("change", "2").noEntry("go").entry("come", "2").noEntry("never"));
    assertThat(loaded(NAME, "keep", "change", "go", "come", "never").entries())
        .isEqualTo(entries("keep", "1", "change", "2", "come", "2"));

    apply(NAME, new Expected.Version(id, version), put(id).entry("go", "3"));
    assertThat(loaded(NAME, "go").entries()).isEqualTo(entries("go", "3"));
  }

  @Test
  void onlyTheEntriesAskedForAreLoaded() {
    create(NAME, put(newId()).entry("a", "1").entry("ab", "2").entry("b", "3"));
    assertThat(loaded(NAME).entries()).isEmpty();
    assertThat(loaded(NAME, "a").entries()).isEqualTo(entries("a", "1"));
    assertThat(loaded(NAME, "ab", "unknown").entries()).isEqualTo(entries("ab", "2"));
  }

  @Test
  void entriesOfDifferentStreamsAreApart() {
    StreamName longer = name(NAME.value() + "a");
    create(NAME, put(newId()).entry("ab", "1"));
    create(longer, put(newId()).entry("b", "2"));
    assertThat(loaded(NAME, "ab", "b").entries()).isEqualTo(entries("ab", "1"));
    assertThat(loaded(longer, "ab", "b").entries()).isEqualTo(entries("b", "2"));
  }

  @Test
  void oneCommitTakesManyAppends() {
    StreamId id = newId();
    long version =
        create(NAME, put(id).append(0, Bytes.utf8("a"), Bytes.utf8("bc"), Bytes.utf8("def")));
    apply(
        NAME,
        new Expected.Version(id, version),
        put(id).append(6, Bytes.utf8("ghij").slice(0, 2), Bytes.utf8("xhij").slice(2, 4)));
    assertThat(read(id, 0, 10)).isEqualTo(Bytes.utf8("abcdefghij"));
  }

  @Test
  void aStreamsBytesMayBeginAtAnyPosition() {
    StreamId id = newId();
    long start = 9_000_000_000_000_000L;
    long version = create(NAME, put(id).append(start, Bytes.utf8("abc")));
    apply(NAME, new Expected.Version(id, version), put(id).append(start + 3, Bytes.utf8("def")));
    assertThat(read(id, start, start + 6)).isEqualTo(Bytes.utf8("abcdef"));
    assertThat(read(id, start + 2, start + 4)).isEqualTo(Bytes.utf8("cd"));
    assertUnreadable(id, start - 1, start + 1);
  }

  @Test
  void aRemovedStreamIsGone() {
    StreamId id = newId();
    StreamName neighbour = name(NAME.value() + "/2");
    StreamId neighbourId = newId();
    create(neighbour, put(neighbourId).entry("a", "n").append(0, Bytes.utf8("stay")));
    long version = create(NAME, put(id).due(DUE).entry("a", "1").append(0, Bytes.utf8("abc")));

    remove(NAME, id, version);

    assertThat(load(NAME, "a")).isEmpty();
    assertUnreadable(id, 0, 3);
    assertSoon(() -> list("", 10), List.of(neighbour));
    assertSoon(() -> due(DUE, 10), List.of());
    assertThat(current(commit(NAME, new Expected.Version(id, version), new Change.Remove())))
        .isEmpty();
    assertThat(loaded(neighbour, "a").entries()).isEqualTo(entries("a", "n"));
    assertThat(read(neighbourId, 0, 4)).isEqualTo(Bytes.utf8("stay"));
  }

  @Test
  void aNameCanBeRemovedAndCreatedManyTimes() {
    Set<StreamId> former = new HashSet<>();
    for (int i = 0; i < 50; i++) {
      StreamId id = newId();
      Bytes bytes = Bytes.utf8("life " + i);
      long version = create(NAME, put(id).entry("e" + i, "x").append(0, bytes));
      assertThat(read(id, 0, bytes.length())).isEqualTo(bytes);
      assertThat(loaded(NAME, "e" + i, "e" + (i - 1)).entries()).isEqualTo(entries("e" + i, "x"));
      former.forEach(gone -> assertUnreadable(gone, 0, 1));
      remove(NAME, id, version);
      former.add(id);
    }
  }

  @Test
  void aNewIncarnationReplacesTheFormerInOneCommit() {
    StreamId id = newId();
    long version =
        create(NAME, put(id).due(DUE).entry("a", "1").entry("b", "1").append(0, Bytes.utf8("old")));
    StreamId next = newId();

    long replaced =
        apply(
            NAME,
            new Expected.Version(id, version),
            put(next).metadata("next").entry("b", "2").append(0, Bytes.utf8("ne")));

    StoredStream stream = loaded(NAME, "a", "b");
    assertThat(stream.id()).isEqualTo(next);
    assertThat(stream.version()).isEqualTo(replaced);
    assertThat(stream.metadata()).isEqualTo(Bytes.utf8("next"));
    assertThat(stream.entries()).isEqualTo(entries("b", "2"));
    assertThat(read(next, 0, 2)).isEqualTo(Bytes.utf8("ne"));
    assertUnreadable(next, 0, 3);
    assertUnreadable(id, 0, 3);
    assertSoon(() -> due(DUE, 10), List.of());
    assertSoon(() -> list("", 10), List.of(NAME));
    assertThat(conflict(NAME, new Expected.Version(id, version), put(id))).isPresent();
    apply(NAME, new Expected.Version(next, replaced), put(next).append(2, Bytes.utf8("w")));
    assertThat(read(next, 0, 3)).isEqualTo(Bytes.utf8("new"));
  }

  @Test
  void aChangeOfMetadataAloneKeepsEntriesAndBytes() {
    StreamId id = newId();
    long version = create(NAME, put(id).entry("a", "1").append(0, Bytes.utf8("abc")));
    apply(NAME, new Expected.Version(id, version), put(id).metadata("changed"));
    assertThat(loaded(NAME, "a").entries()).isEqualTo(entries("a", "1"));
    assertThat(loaded(NAME).metadata()).isEqualTo(Bytes.utf8("changed"));
    assertThat(read(id, 0, 3)).isEqualTo(Bytes.utf8("abc"));
  }
}
