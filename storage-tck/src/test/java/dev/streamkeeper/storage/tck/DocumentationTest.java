package dev.streamkeeper.storage.tck;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The example in the guide for authors of storages is the one that is compiled here and passes the
 * kit.
 */
class DocumentationTest {

  private static final Path GUIDE = Path.of("../docs/storage-plugins.md");
  private static final Path EXAMPLE = Path.of("src/test/java/com/example/storage");

  @ParameterizedTest
  @ValueSource(
      strings = {"MapStorageProvider.java", "MapStorage.java", "MapStorageContractTest.java"})
  void theExampleIsTheOneThatIsTestedHere(String file) throws IOException {
    assertThat(blocks("java")).contains(Files.readString(EXAMPLE.resolve(file)));
  }

  @Test
  void theServicesFileNamesTheExample() throws IOException {
    assertThat(blocks("")).contains("com.example.storage.MapStorageProvider\n");
    assertThat(
            Files.readString(
                Path.of(
                    "src/test/resources/META-INF/services"
                        + "/dev.streamkeeper.storage.StorageProvider")))
        .contains("com.example.storage.MapStorageProvider\n");
  }

  @Test
  void theProjectUsesThisVersion() throws IOException {
    Matcher version =
        Pattern.compile("<version>([^<]+)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).isTrue();
    assertThat(blocks("xml"))
        .singleElement()
        .asString()
        .contains("<streamkeeper.version>" + version.group(1) + "</streamkeeper.version>");
  }

  private static List<String> blocks(String language) throws IOException {
    Matcher matcher =
        Pattern.compile("^```(\\w*)\\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL)
            .matcher(Files.readString(GUIDE));
    List<String> blocks = new ArrayList<>();
    while (matcher.find()) {
      if (matcher.group(1).equals(language)) {
        blocks.add(matcher.group(2));
      }
    }
    return blocks;
  }
}
