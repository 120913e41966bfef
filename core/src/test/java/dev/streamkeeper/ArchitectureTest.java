package dev.streamkeeper;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.time.Clock;
import java.time.Instant;

@AnalyzeClasses(packages = "dev.streamkeeper", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule PACKAGES_HAVE_NO_CYCLES =
      slices().matching("dev.streamkeeper.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule VALUES_KNOW_NOTHING_ELSE =
      noClasses()
          .that()
          .resideInAPackage("dev.streamkeeper.stream")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.streamkeeper", "dev.streamkeeper.storage");

  @ArchTest
  static final ArchRule STORAGES_KNOW_NOTHING_OF_THE_ENGINE =
      noClasses()
          .that()
          .resideInAPackage("dev.streamkeeper.storage")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("dev.streamkeeper");

  @ArchTest
  static final ArchRule TIME_IS_PASSED_IN =
      noClasses()
          .should()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(Instant.class, "now")
          .orShould()
          .callMethod(Clock.class, "systemUTC");

  @ArchTest
  static final ArchRule THE_CORE_TOUCHES_NO_FILE_AND_NO_NETWORK =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.net", "java.nio.channels", "io.vertx..", "io.netty..");

  @ArchTest
  static final ArchRule DECISIONS_ARE_PURE =
      noClasses()
          .that()
          .haveSimpleName("Decider")
          .or()
          .haveSimpleName("History")
          .or()
          .haveSimpleName("StreamState")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.util.concurrent..", "dev.streamkeeper.storage");

  @ArchTest
  static final ArchRule NAMES_SAY_WHAT_A_CLASS_IS =
      classes().should().haveNameNotMatching(".*(Impl|Utils?|Helper)$");
}
