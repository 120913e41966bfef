package dev.streamkeeper.storage.tck;

import dev.streamkeeper.storage.StorageConfig;
import dev.streamkeeper.storage.StorageProvider;
import dev.streamkeeper.storage.StreamStorage;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Nested;

/**
 * The contract of {@link StreamStorage}, as tests. The author of a storage extends this class, says
 * which {@linkplain #provider() provider} to test, and runs it with JUnit.
 *
 * <p>Each test opens a storage in a folder of its own and expects to find it empty. A storage that
 * keeps its data elsewhere derives something from the folder's name, for example a database schema,
 * by overriding {@link #config}. Opening the same folder again must show the same data if the
 * storage is {@linkplain dev.streamkeeper.storage.Capabilities#durable() durable}; a storage that
 * is {@linkplain dev.streamkeeper.storage.Capabilities#shared() shared} is also opened twice at a
 * time.
 *
 * <p>What a storage is tested for follows its capabilities: reopening and crashes only where it is
 * durable; listings and searches exactly at once where it is not shared, and within the patience
 * where it is.
 *
 * <p>For the crash tests a child JVM with the class path of the tests finds the provider by its
 * name with {@link java.util.ServiceLoader}, and is killed while it writes. It is given the {@code
 * --add-} and {@code --enable-} options of the JVM of the tests.
 *
 * <p>Random tests print their seed when they fail. The system property {@value #SEED_PROPERTY}
 * replaces the seeds by one, to try it again.
 */
public abstract class StorageContractTest {

  /** System property with the one seed to use in random tests, a decimal number. */
  public static final String SEED_PROPERTY = "streamkeeper.tck.seed";

  /** For subclasses. */
  protected StorageContractTest() {}

  /** The provider to test; it may be asked for several times. */
  protected abstract StorageProvider provider();

  /**
   * What to open the storage of one test with: by default synchronous durability, a deadline of 30
   * seconds and no options.
   *
   * @param directory an existing, empty folder, different for each test, deleted after it
   */
  protected StorageConfig config(Path directory) {
    return StorageConfig.of(directory);
  }

  /** How long a test waits for anything before it fails; by default a minute. */
  protected Duration patience() {
    return Duration.ofSeconds(60);
  }

  /** What a commit does and answers. */
  @Nested
  class Commits extends CommitContract {
    Commits() {
      super(StorageContractTest.this);
    }
  }

  /** What is read back of bytes. */
  @Nested
  class Reads extends ReadContract {
    Reads() {
      super(StorageContractTest.this);
    }
  }

  /** What listings return. */
  @Nested
  class Listings extends ListContract {
    Listings() {
      super(StorageContractTest.this);
    }
  }

  /** Which streams are found when their time has come. */
  @Nested
  class DueTimes extends DueContract {
    DueTimes() {
      super(StorageContractTest.this);
    }
  }

  /** What several threads see of each other. */
  @Nested
  class Concurrency extends ConcurrencyContract {
    Concurrency() {
      super(StorageContractTest.this);
    }
  }

  /** Large, many and strange. */
  @Nested
  class Extremes extends ExtremesContract {
    Extremes() {
      super(StorageContractTest.this);
    }
  }

  /** Opening, closing, opening again. */
  @Nested
  class Lifecycle extends LifecycleContract {
    Lifecycle() {
      super(StorageContractTest.this);
    }
  }

  /** Random programs against a model. */
  @Nested
  class RandomPrograms extends RandomProgramContract {
    RandomPrograms() {
      super(StorageContractTest.this);
    }
  }

  /** What a killed process leaves. */
  @Nested
  class Crashes extends CrashContract {
    Crashes() {
      super(StorageContractTest.this);
    }
  }
}
