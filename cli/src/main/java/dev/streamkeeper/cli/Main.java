package dev.streamkeeper.cli;

import java.io.PrintWriter;
import java.time.Duration;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ParameterException;

/** The program behind {@code ./streamkeeper}. */
@Command(
    name = "streamkeeper",
    description = "Durable streams: URLs that you append to and read from any offset.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    subcommands = {ServeCommand.class, CommandLine.HelpCommand.class})
public final class Main implements Runnable {

  @CommandLine.Spec private CommandLine.Model.CommandSpec spec;

  /** For picocli. */
  public Main() {}

  /**
   * Runs a command and exits with its code: 0, 1 for a failure, 2 for wrong usage.
   *
   * @param args the command and its options
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .registerConverter(Duration.class, Units::duration)
        .registerConverter(ByteSize.class, Units::size)
        .setParameterExceptionHandler(Main::usageError)
        .setExecutionExceptionHandler(Main::failure);
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "say what to do; './streamkeeper help' lists the commands");
  }

  private static int usageError(ParameterException error, String[] args) {
    PrintWriter err = error.getCommandLine().getErr();
    err.println("streamkeeper: " + oneLine(error));
    return CommandLine.ExitCode.USAGE;
  }

  private static int failure(
      Exception error, CommandLine commandLine, CommandLine.ParseResult result) {
    commandLine.getErr().println("streamkeeper: " + oneLine(error));
    return CommandLine.ExitCode.SOFTWARE;
  }

  private static String oneLine(Exception error) {
    String message = error.getMessage() == null ? error.toString() : error.getMessage();
    return message.replaceAll("\\s*\\R\\s*", "; ");
  }

  /** Says which version this is. */
  static final class Version implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"streamkeeper " + (version == null ? "development" : version)};
    }
  }
}
