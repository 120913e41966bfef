package dev.streamkeeper.cli;

import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.TypeConversionException;

/** Reads durations such as {@code 30s} and sizes such as {@code 8MiB}. */
final class Units {

  private static final Pattern QUANTITY = Pattern.compile("([0-9]{1,15})([A-Za-z]*)");

  private Units() {}

  static Duration duration(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    if (quantity.matches()) {
      long amount = Long.parseLong(quantity.group(1));
      ChronoUnit unit =
          switch (quantity.group(2)) {
            case "ms" -> ChronoUnit.MILLIS;
            case "s" -> ChronoUnit.SECONDS;
            case "m" -> ChronoUnit.MINUTES;
            case "h" -> ChronoUnit.HOURS;
            case "d" -> ChronoUnit.DAYS;
            default -> ChronoUnit.FOREVER;
          };
      if (unit != ChronoUnit.FOREVER) {
        return Duration.of(amount, unit);
      }
    }
    throw new TypeConversionException(
        "'" + text + "' is not a duration such as 500ms, 30s, 2m, 1h or 7d");
  }

  static ByteSize size(String text) {
    Matcher quantity = QUANTITY.matcher(text);
    if (quantity.matches()) {
      long amount = Long.parseLong(quantity.group(1));
      long unit =
          switch (quantity.group(2).toLowerCase(Locale.ROOT)) {
            case "", "b" -> 1;
            case "k", "kib" -> 1L << 10;
            case "m", "mib" -> 1L << 20;
            case "g", "gib" -> 1L << 30;
            case "t", "tib" -> 1L << 40;
            default -> -1;
          };
      if (unit > 0 && amount <= Long.MAX_VALUE / unit) {
        return new ByteSize(amount * unit);
      }
    }
    throw new TypeConversionException(
        "'" + text + "' is not a size such as 65536, 64KiB, 16MiB or 1GiB");
  }
}
