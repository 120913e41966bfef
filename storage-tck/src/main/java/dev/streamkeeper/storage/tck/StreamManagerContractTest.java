package dev.streamkeeper.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import dev.streamkeeper.AppendOutcome;
import dev.streamkeeper.AppendRequest;
import dev.streamkeeper.Batch;
import dev.streamkeeper.BlockingStreams;
import dev.streamkeeper.Content;
import dev.streamkeeper.CreateOutcome;
import dev.streamkeeper.CreateRequest;
import dev.streamkeeper.DeleteOutcome;
import dev.streamkeeper.ForkPoint;
import dev.streamkeeper.MetadataOutcome;
import dev.streamkeeper.OutcomeUnknownException;
import dev.streamkeeper.ReadFrom;
import dev.streamkeeper.ReadOutcome;
import dev.streamkeeper.ReadRequest;
import dev.streamkeeper.StreamInfo;
import dev.streamkeeper.StreamManager;
import dev.streamkeeper.StreamNotFound;
import dev.streamkeeper.StreamReplaced;
import dev.streamkeeper.storage.StorageException;
import dev.streamkeeper.storage.StreamStorage;
import dev.streamkeeper.stream.Bytes;
import dev.streamkeeper.stream.ContentType;
import dev.streamkeeper.stream.Expiry;
import dev.streamkeeper.stream.Offset;
import dev.streamkeeper.stream.ProducerStamp;
import dev.streamkeeper.stream.Retention;
import dev.streamkeeper.stream.StreamName;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whether streams behave on a storage as they should: the whole engine through {@link
 * StreamManager}, with scripted cases and with random programs held against a naive model. Extend
 * it beside {@link StorageContractTest}.
 */
public abstract class StreamManagerContractTest {

  private static final ContentType JSON = ContentType.JSON;
  private static final ContentType BINARY = ContentType.OCTET_STREAM;
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final AtomicLong now = new AtomicLong(1_700_000_000_000L);
  @TempDir private @Nullable Path folder;
  private @Nullable StreamManager manager;

  /** For subclasses. */
  protected StreamManagerContractTest() {}

  /**
   * Opens the storage under test.
   *
   * @param directory an empty folder, or the one of an earlier call in the same test
   */
  protected abstract StreamStorage open(Path directory);

  /** How many random programs to run. */
  protected int programs() {
    return 60;
  }

  @BeforeEach
  void start() {
    StreamStorage storage = open(folder());
    manager =
        StreamManager.builder()
            .storage("tested", storage)
            .clock(() -> Instant.ofEpochMilli(now.get()))
            .build();
  }

  @AfterEach
  void stop() {
    streams().close();
  }

  private Path folder() {
    return Objects.requireNonNull(folder);
  }

  private StreamManager streams() {
    return Objects.requireNonNull(manager);
  }

  private BlockingStreams blocking() {
    return streams().blocking();
  }

  // ---- random programs
  // ---------------------------------------------------------------------------

  @Test
  void randomProgramsDoWhatTheModelDoes() {
    for (int seed = 1; seed <= programs(); seed++) {
      new Program(seed).run(120);
    }
  }

  /** A sequence of random operations on a handful of names, each compared with the model. */
  private final class Program {
    private final long seed;
    private final Random random;
    private final StreamModel model = new StreamModel();
    private final Map<String, Long> seqs = new HashMap<>();
    private int serial;

    Program(long seed) {
      this.seed = seed;
      this.random = new Random(seed);
    }

    void run(int steps) {
      for (int step = 0; step < steps; step++) {
        String name = name();
        String where = "seed " + seed + ", step " + step + ", stream " + name;
        switch (random.nextInt(12)) {
          case 0, 1 -> create(name, where);
          case 2 -> fork(name, where);
          case 3 -> delete(name, where);
          case 4 -> append(name, List.of(), true, where);
          case 5 -> append(name, messages(), true, where);
          case 6, 7 -> read(name, where);
          default -> append(name, messages(), false, where);
        }
      }
      settle();
      compareAll();
    }

    private String name() {
      return "p" + seed + "/" + (char) ('a' + random.nextInt(5));
    }

    private List<String> messages() {
      List<String> messages = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        messages.add("{\"n\":" + serial++ + ",\"pad\":\"" + "x".repeat(random.nextInt(40)) + "\"}");
      }
      return messages;
    }

    private void create(String name, String where) {
      settleIfFreed(name);
      String expected = model.create(name);
      assertThat(blocking().create(new StreamName(name), CreateRequest.of(JSON)))
          .as(where)
          .satisfies(outcome -> assertThat(nameOf(outcome)).isEqualTo(expected));
    }

    private void fork(String name, String where) {
      settleIfFreed(name);
      String source = name();
      StreamModel.Stream from = model.get(source);
      int available = from == null ? 0 : from.messages.size();
      int messages = random.nextInt(available + 2);
      int anchor = random.nextInt(Math.min(messages, available) + 1);
      Offset offset = new Offset(from == null ? 0 : from.position(anchor));
      settleIfFreed(source);
      String expected = model.fork(name, source, messages);
      CreateOutcome outcome =
          blocking()
              .create(
                  new StreamName(name),
                  CreateRequest.fork(
                      new ForkPoint(
                          new StreamName(source), Optional.of(offset), messages - anchor)));
      boolean sameFork = expected.equals("Mismatch") && outcome instanceof CreateOutcome.Existing;
      if (!sameFork) {
        assertThat(nameOf(outcome)).as(where + " from " + source).isEqualTo(expected);
      }
    }

    private void delete(String name, String where) {
      settleIfFreed(name);
      String expected = model.delete(name);
      assertThat(nameOf(blocking().delete(new StreamName(name)))).as(where).isEqualTo(expected);
    }

    private void append(String name, List<String> messages, boolean close, String where) {
      settleIfFreed(name);
      AppendRequest request =
          AppendRequest.of(
              Content.of(
                  JSON,
                  messages.isEmpty()
                      ? Bytes.EMPTY
                      : Bytes.utf8("[" + String.join(", ", messages) + "]")));
      if (close) {
        request = request.andClose();
      }
      ProducerStamp producer = null;
      if (random.nextInt(3) == 0) {
        String id = "producer" + random.nextInt(2);
        long seq = seqs.merge(name + id, 1L, Long::sum) - 1 + random.nextInt(8) / 7;
        producer =
            new ProducerStamp(id, random.nextInt(10) / 9, Math.max(0, seq - random.nextInt(2)));
        request = request.from(producer);
      }
      String seq = null;
      if (random.nextInt(6) == 0) {
        seq = String.format(Locale.ROOT, "%03d", random.nextInt(40) + serial / 4);
        request = request.withSeq(seq);
      }
      String expected = model.append(name, messages, close, producer, seq);
      AppendOutcome outcome = blocking().append(new StreamName(name), request);
      assertThat(nameOf(outcome)).as(where).isEqualTo(expected);
      if (outcome instanceof AppendOutcome.Appended appended) {
        StreamModel.Stream stream = Objects.requireNonNull(model.get(name));
        assertThat(appended.tail().position()).as(where).isEqualTo(stream.tail());
      }
    }

    private void read(String name, String where) {
      settleIfFreed(name);
      StreamModel.Stream stream = model.get(name);
      if (stream == null || stream.softDeleted) {
        ReadOutcome outcome =
            blocking().read(new StreamName(name), ReadRequest.from(ReadFrom.BEGINNING));
        assertThat(nameOf(outcome))
            .as(where)
            .isEqualTo(stream == null ? "StreamNotFound" : "StreamGone");
        return;
      }
      int from = random.nextInt(stream.messages.size() + 1);
      assertThat(readAll(name, stream.position(from), 1 + random.nextInt(200)))
          .as(where)
          .isEqualTo(stream.messages.subList(from, stream.messages.size()));
    }

    private List<String> readAll(String name, long position, int maxBytes) {
      List<String> found = new ArrayList<>();
      Offset at = new Offset(position);
      while (true) {
        Batch batch =
            (Batch) blocking().read(new StreamName(name), ReadRequest.from(at).upTo(maxBytes));
        batch.messages().forEach(message -> found.add(message.json().toUtf8()));
        at = batch.next();
        if (batch.upToDate()) {
          return found;
        }
        assertThat(batch.stored().isEmpty()).isFalse();
      }
    }

    private void settleIfFreed(String name) {
      if (model.get(name) == null) {
        awaitVisible(name, false);
      }
    }

    /** Forgotten relatives are cleaned up after the answer to what made them forgotten. */
    private void settle() {
      for (char c = 'a'; c <= 'e'; c++) {
        settleIfFreed("p" + seed + "/" + c);
      }
    }

    private void awaitVisible(String name, boolean visible) {
      await(
          "cleaning up " + name,
          () -> blocking().metadata(new StreamName(name)) instanceof StreamNotFound != visible);
    }

    private void compareAll() {
      List<String> listed = new ArrayList<>();
      String prefix = "p" + seed + "/";
      blocking().list(prefix, "", 100).streams().forEach(info -> listed.add(info.name().value()));
      assertThat(listed).as("seed %d", seed).isEqualTo(model.visibleNames());
      for (String name : listed) {
        StreamModel.Stream stream = Objects.requireNonNull(model.get(name));
        StreamInfo info =
            ((MetadataOutcome.Found) blocking().metadata(new StreamName(name))).info();
        assertThat(info.tail().position()).as(name).isEqualTo(stream.tail());
        assertThat(info.closed()).as(name).isEqualTo(stream.closed);
        Batch batch =
            (Batch) blocking().read(new StreamName(name), ReadRequest.from(ReadFrom.BEGINNING));
        assertThat(batch.body().toUtf8()).as(name).isEqualTo(stream.body(0));
      }
    }
  }

  private static String nameOf(Object outcome) {
    return outcome.getClass().getSimpleName();
  }

  private static void await(String what, Supplier<Boolean> condition) {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!condition.get()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("did not happen in time: " + what);
      }
      Thread.onSpinWait();
    }
  }

  // ---- concurrency
  // -------------------------------------------------------------------------------

  @Test
  void racingAppendsNeverInterleaveAndAreNeverLost() {
    StreamName name = create("race", CreateRequest.of(BINARY));
    List<CompletableFuture<AppendOutcome>> appends = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      byte[] body = new byte[1 + i % 97];
      Arrays.fill(body, (byte) i);
      body[0] = (byte) body.length;
      appends.add(streams().append(name, AppendRequest.of(BINARY, Bytes.wrap(body))));
    }
    long last = 0;
    for (CompletableFuture<AppendOutcome> append : appends) {
      AppendOutcome.Appended appended = (AppendOutcome.Appended) join(append);
      assertThat(appended.tail().position()).isGreaterThan(last);
      last = appended.tail().position();
    }
    Bytes all = ((Batch) blocking().read(name, ReadRequest.from(ReadFrom.BEGINNING))).stored();
    assertThat(all.length()).isEqualTo(last);
    int at = 0;
    for (int i = 0; i < 500; i++) {
      int length = all.at(at);
      for (int j = at + 1; j < at + length; j++) {
        assertThat(all.at(j)).isEqualTo((byte) i);
      }
      at += length;
    }
  }

  @Test
  void aProducersRetriesAreAppliedOnceHoweverTheyOverlap() {
    StreamName name = create("retries", CreateRequest.of(JSON));
    List<CompletableFuture<AppendOutcome>> appends = new ArrayList<>();
    for (int seq = 0; seq < 100; seq++) {
      for (int copy = 0; copy < 3; copy++) {
        appends.add(
            streams()
                .append(
                    name,
                    AppendRequest.of(JSON, Bytes.utf8(Integer.toString(seq)))
                        .from(new ProducerStamp("p", 0, seq))));
      }
    }
    long applied =
        appends.stream()
            .map(StreamManagerContractTest::join)
            .filter(AppendOutcome.Appended.class::isInstance)
            .count();

    assertThat(applied).isEqualTo(100);
    assertThat(messagesOf(name)).hasSize(100).startsWith("0", "1", "2").endsWith("99");
  }

  @Test
  void onlyOneOfSeveralAppendsAtTheSameTailIsApplied() {
    StreamName name = create("conditional", CreateRequest.of(JSON));
    List<CompletableFuture<AppendOutcome>> appends = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      appends.add(
          streams().append(name, AppendRequest.of(JSON, Bytes.utf8("" + i)).ifTailIs(Offset.ZERO)));
    }
    List<String> outcomes =
        appends.stream().map(append -> nameOf(join(append))).sorted().distinct().toList();

    assertThat(outcomes).containsExactly("Appended", "TailMoved");
    assertThat(messagesOf(name)).hasSize(1);
  }

  @Test
  void producersEndExactlyOnceWhateverTheStorageDoes() {
    for (int seed = 1; seed <= 10; seed++) {
      FaultyStorage faulty =
          FaultyStorage.around(open(folder().resolve("faulty" + seed)), seed)
              .rate(Fault.CONFLICT, 0.1)
              .rate(Fault.UNKNOWN_APPLIED, 0.1)
              .rate(Fault.UNKNOWN_LOST, 0.1)
              .rate(Fault.UNKNOWN_LATE, 0.1)
              .rate(Fault.UNAVAILABLE, 0.1)
              .rate(Fault.FULL, 0.05)
              .rate(Fault.READ_FAILURE, 0.05)
              .rate(Fault.LOST_HINT, 0.5)
              .rate(Fault.DELAY, 0.3);
      try (StreamManager unlucky = StreamManager.builder().storage("faulty", faulty).build()) {
        new UnluckyProducers(unlucky, faulty, seed).run();
      }
    }
  }

  /** Producers that try again until they are told that an append is stored. */
  private static final class UnluckyProducers {
    private static final int PRODUCERS = 3;
    private static final int APPENDS = 12;

    private final StreamManager unlucky;
    private final FaultyStorage storage;
    private final String where;
    private final StreamName name = new StreamName("unlucky");

    UnluckyProducers(StreamManager unlucky, FaultyStorage storage, int seed) {
      this.unlucky = unlucky;
      this.storage = storage;
      this.where = "seed " + seed;
    }

    void run() {
      untilDone(() -> unlucky.create(name, CreateRequest.of(JSON)));
      List<CompletableFuture<Void>> producers = new ArrayList<>();
      for (int i = 0; i < PRODUCERS; i++) {
        String id = "p" + i;
        producers.add(CompletableFuture.runAsync(() -> produce(id)));
      }
      producers.forEach(producer -> producer.orTimeout(60, TimeUnit.SECONDS).join());
      storage.heal();
      Batch all = (Batch) untilDone(() -> unlucky.read(name, ReadRequest.from(ReadFrom.BEGINNING)));
      for (int i = 0; i < PRODUCERS; i++) {
        String id = "p" + i;
        List<String> own =
            all.messages().stream()
                .map(message -> message.json().toUtf8())
                .filter(json -> json.startsWith("\"" + id + "-"))
                .toList();
        List<String> sent = new ArrayList<>();
        for (int seq = 0; seq < APPENDS; seq++) {
          sent.add("\"" + id + "-" + seq + "\"");
        }
        assertThat(own).as(where).isEqualTo(sent);
      }
    }

    private void produce(String id) {
      for (int seq = 0; seq < APPENDS; seq++) {
        AppendRequest request =
            AppendRequest.of(JSON, Bytes.utf8("\"" + id + "-" + seq + "\""))
                .from(new ProducerStamp(id, 0, seq));
        AppendOutcome outcome = untilDone(() -> unlucky.append(name, request));
        assertThat(nameOf(outcome)).as(where).isIn("Appended", "Duplicate");
      }
    }

    private <O> O untilDone(Supplier<CompletableFuture<O>> operation) {
      while (true) {
        try {
          return operation.get().orTimeout(30, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
          assertThat(e.getCause())
              .as(where)
              .isInstanceOfAny(StorageException.class, OutcomeUnknownException.class);
        }
      }
    }
  }

  // ---- live
  // --------------------------------------------------------------------------------------

  @Test
  void aWaitingReadGetsTheNextAppend() {
    StreamName name = create("live", CreateRequest.of(JSON));
    CompletableFuture<ReadOutcome> read =
        streams().read(name, ReadRequest.from(ReadFrom.TAIL).waiting(LIMIT));
    append(name, "1");

    assertThat(((Batch) join(read)).body().toUtf8()).isEqualTo("[1]");
  }

  @Test
  void aWaitingReadEndsWhenTheStreamIsClosedOrDeletedOrItsTimeIsOver() {
    StreamName closed = create("closed", CreateRequest.of(JSON));
    StreamName deleted = create("deleted", CreateRequest.of(JSON));
    StreamName quiet = create("quiet", CreateRequest.of(JSON));
    ReadRequest waiting = ReadRequest.from(ReadFrom.TAIL).waiting(LIMIT);
    CompletableFuture<ReadOutcome> atClose = streams().read(closed, waiting);
    CompletableFuture<ReadOutcome> atDelete = streams().read(deleted, waiting);
    CompletableFuture<ReadOutcome> atEnd =
        streams().read(quiet, waiting.waiting(Duration.ofMillis(20)));
    blocking().close(closed);
    blocking().delete(deleted);

    assertThat(((Batch) join(atClose)).endOfStream()).isTrue();
    assertThat(join(atDelete)).isEqualTo(new StreamNotFound());
    assertThat(((Batch) join(atEnd)).stored().isEmpty()).isTrue();
  }

  @Test
  void aSubscriberGetsEverythingInOrderAndTheEnd() throws Exception {
    StreamName name = create("followed", CreateRequest.of(JSON));
    List<String> received = new ArrayList<>();
    CompletableFuture<List<String>> done = new CompletableFuture<>();
    streams()
        .subscribe(name, ReadRequest.from(ReadFrom.BEGINNING).upTo(16))
        .subscribe(
            new Flow.Subscriber<Batch>() {
              private Flow.@Nullable Subscription subscription;

              @Override
              public void onSubscribe(Flow.Subscription begun) {
                subscription = begun;
                begun.request(1);
              }

              @Override
              public void onNext(Batch batch) {
                batch.messages().forEach(message -> received.add(message.json().toUtf8()));
                Objects.requireNonNull(subscription).request(1);
              }

              @Override
              public void onError(Throwable failure) {
                done.completeExceptionally(failure);
              }

              @Override
              public void onComplete() {
                done.complete(received);
              }
            });
    for (int i = 0; i < 50; i++) {
      append(name, Integer.toString(i));
    }
    blocking().close(name);

    assertThat(done.get(LIMIT.toSeconds(), TimeUnit.SECONDS)).hasSize(50).endsWith("49");
  }

  @Test
  void deletingAChainOfForksCleansUpWhateverElseIsAskedOfThemMeanwhile() {
    for (int i = 0; i < 30; i++) {
      StreamName first = create("chain" + i + "/1", CreateRequest.of(JSON));
      StreamName second = create("chain" + i + "/2", CreateRequest.fork(ForkPoint.atTailOf(first)));
      StreamName third = create("chain" + i + "/3", CreateRequest.fork(ForkPoint.atTailOf(second)));
      blocking().delete(first);
      blocking().delete(second);
      List<CompletableFuture<?>> asked = new ArrayList<>();
      asked.add(streams().delete(third, Optional.empty()));
      for (int j = 0; j < 40; j++) {
        asked.add(streams().append(second, AppendRequest.of(JSON, Bytes.utf8("1"))));
        asked.add(streams().append(first, AppendRequest.of(JSON, Bytes.utf8("1"))));
      }
      asked.forEach(StreamManagerContractTest::join);
      for (StreamName name : List.of(first, second, third)) {
        await("removal of " + name, () -> blocking().metadata(name) instanceof StreamNotFound);
      }
    }
  }

  @Test
  void aForkOfAForkCanBeDeletedAndItsNameUsedAgain() {
    StreamName first = create("reused/1", CreateRequest.of(JSON));
    append(first, "1");
    StreamName second = create("reused/2", CreateRequest.fork(ForkPoint.atTailOf(first)));
    append(second, "2");
    StreamName third = new StreamName("reused/3");
    for (int i = 0; i < 3; i++) {
      CompletableFuture<CreateOutcome> created =
          streams().create(third, CreateRequest.fork(ForkPoint.atTailOf(second)));
      assertThat(join(created)).isInstanceOf(CreateOutcome.Created.class);
      append(third, "3");
      assertThat(messagesOf(third)).containsExactly("1", "2", "3");
      assertThat(blocking().delete(third)).isEqualTo(new DeleteOutcome.Deleted(false));
    }
    assertThat(messagesOf(second)).containsExactly("1", "2");
  }

  // ---- expiry, retention, identity
  // ---------------------------------------------------------------

  @Test
  void aTimeToLiveSlidesWithReadsAndAppendsButNotWithLookups() {
    StreamName name =
        create("ttl", CreateRequest.of(JSON).expiring(new Expiry.Ttl(Duration.ofSeconds(100))));
    pass(90);
    append(name, "1");
    pass(90);
    assertThat(messagesOf(name)).containsExactly("1");
    pass(90);
    assertThat(blocking().metadata(name)).isInstanceOf(MetadataOutcome.Found.class);
    pass(10);

    assertThat(blocking().metadata(name)).isEqualTo(new StreamNotFound());
    assertThat(blocking().append(name, AppendRequest.of(JSON, Bytes.utf8("2"))))
        .isEqualTo(new StreamNotFound());
    assertThat(blocking().create(name, CreateRequest.of(JSON)))
        .isInstanceOf(CreateOutcome.Created.class);
    assertThat(messagesOf(name)).isEmpty();
  }

  @Test
  void aStreamThatExpiresIsSweptAway() {
    StreamName name =
        create(
            "deadline",
            CreateRequest.of(JSON)
                .expiring(new Expiry.At(Instant.ofEpochMilli(now.get()).plusSeconds(60))));
    append(name, "1");
    CompletableFuture<ReadOutcome> waiting =
        streams().read(name, ReadRequest.from(ReadFrom.TAIL).waiting(LIMIT));
    pass(60);

    assertThat(join(waiting)).isEqualTo(new StreamNotFound());
    await("listing without it", () -> blocking().list("deadline", "", 10).streams().isEmpty());
  }

  @Test
  void retentionByNumberKeepsTheNewestMessages() {
    StreamName name =
        create(
            "newest",
            CreateRequest.of(JSON)
                .keeping(
                    new Retention(Optional.empty(), OptionalLong.of(5), OptionalLong.empty())));
    for (int i = 0; i < 23; i++) {
      append(name, Integer.toString(i));
    }

    assertThat(messagesOf(name)).containsExactly("18", "19", "20", "21", "22");
    assertThat(blocking().read(name, ReadRequest.from(Offset.ZERO)))
        .isInstanceOfSatisfying(
            ReadOutcome.Dropped.class,
            dropped -> {
              Batch rest = (Batch) blocking().read(name, ReadRequest.from(dropped.earliest()));
              assertThat(rest.messages()).hasSize(5);
            });
  }

  @Test
  void retentionByAgeDropsWhatIsOldWithoutAnyAppend() {
    StreamName name =
        create(
            "aging",
            CreateRequest.of(JSON)
                .keeping(
                    new Retention(
                        Optional.of(Duration.ofSeconds(100)),
                        OptionalLong.empty(),
                        OptionalLong.empty())));
    append(name, "1");
    pass(60);
    append(name, "2");
    assertThat(messagesOf(name)).containsExactly("1", "2");
    pass(60);
    assertThat(messagesOf(name)).containsExactly("2");
    pass(60);
    assertThat(messagesOf(name)).isEmpty();
  }

  @Test
  void aForkKeepsWhatRetentionDropsFromItsSource() {
    StreamName source =
        create(
            "limited",
            CreateRequest.of(JSON)
                .keeping(
                    new Retention(Optional.empty(), OptionalLong.of(3), OptionalLong.empty())));
    for (int i = 0; i < 3; i++) {
      append(source, Integer.toString(i));
    }
    StreamName fork =
        create("kept", CreateRequest.fork(ForkPoint.atTailOf(source)).keeping(Retention.UNLIMITED));
    for (int i = 3; i < 40_000; i += 1000) {
      append(source, "\"" + "x".repeat(4000) + "\"");
    }

    assertThat(messagesOf(fork)).containsExactly("0", "1", "2");
    assertThat(messagesOf(source)).hasSize(3);
  }

  @Test
  void anotherIncarnationIsToldFromTheFormerOne() {
    StreamName name = create("again", CreateRequest.of(JSON));
    append(name, "\"former\"");
    StreamInfo former = ((MetadataOutcome.Found) blocking().metadata(name)).info();
    assertThat(blocking().delete(name)).isEqualTo(new DeleteOutcome.Deleted(false));
    create("again", CreateRequest.of(JSON));
    append(name, "\"other\"");
    StreamInfo current = ((MetadataOutcome.Found) blocking().metadata(name)).info();

    assertThat(current.id()).isNotEqualTo(former.id());
    assertThat(messagesOf(name)).containsExactly("\"other\"");
    assertThat(blocking().read(name, ReadRequest.from(former.tail()).ifIdIs(former.id())))
        .isEqualTo(new StreamReplaced(current.id()));
    assertThat(blocking().append(name, AppendRequest.of(JSON, Bytes.utf8("1")).ifIdIs(former.id())))
        .isEqualTo(new StreamReplaced(current.id()));
  }

  @Test
  void theLastMessagesAreFoundFromTheEndAlsoAcrossAFork() {
    StreamName source = create("long", CreateRequest.of(JSON));
    for (int i = 0; i < 30; i++) {
      append(source, "\"" + i + "-" + "y".repeat(2000) + "\"");
    }
    StreamName fork = create("longer", CreateRequest.fork(ForkPoint.atTailOf(source)));
    append(fork, "1");
    Batch last =
        (Batch) blocking().read(fork, ReadRequest.from(new ReadFrom.Last(20)).upTo(100_000));
    Batch all =
        (Batch) blocking().read(fork, ReadRequest.from(new ReadFrom.Last(500)).upTo(100_000));

    assertThat(last.messages()).hasSize(20);
    assertThat(last.messages().get(0).json().toUtf8()).startsWith("\"11-");
    assertThat(all.messages()).hasSize(31);
  }

  // ---- reopening
  // ---------------------------------------------------------------------------------

  @Test
  void everythingIsThereAfterAReopen() {
    StreamName name = create("kept", CreateRequest.of(JSON));
    AppendRequest once =
        AppendRequest.of(JSON, Bytes.utf8("1")).from(new ProducerStamp("p", 3, 0)).withSeq("b");
    blocking().append(name, once);
    StreamName fork = create("fork", CreateRequest.fork(ForkPoint.atTailOf(name)));
    append(fork, "2");
    blocking().close(fork);
    blocking().delete(name);
    boolean durable;
    try (StreamStorage probe = open(folder().resolve("probe"))) {
      durable = probe.capabilities().durable();
    }
    Assumptions.assumeTrue(durable, "not durable");
    streams().close();
    start();

    assertThat(messagesOf(fork)).containsExactly("1", "2");
    assertThat(blocking().append(fork, AppendRequest.of(JSON, Bytes.utf8("3"))))
        .isInstanceOf(AppendOutcome.Closed.class);
    assertThat(nameOf(blocking().metadata(name))).isEqualTo("StreamGone");
    blocking().delete(fork);
    await("the source's removal", () -> blocking().metadata(name) instanceof StreamNotFound);
  }

  private StreamName create(String name, CreateRequest request) {
    StreamName stream = new StreamName(name);
    assertThat(blocking().create(stream, request)).isInstanceOf(CreateOutcome.Created.class);
    return stream;
  }

  private void append(StreamName name, String json) {
    assertThat(blocking().append(name, AppendRequest.of(JSON, Bytes.utf8(json))))
        .isInstanceOf(AppendOutcome.Appended.class);
  }

  private List<String> messagesOf(StreamName name) {
    Batch batch = (Batch) blocking().read(name, ReadRequest.from(ReadFrom.BEGINNING));
    return batch.messages().stream().map(message -> message.json().toUtf8()).toList();
  }

  private void pass(long seconds) {
    now.addAndGet(seconds * 1000);
  }

  private static <T> T join(CompletableFuture<T> future) {
    return future.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }
}
