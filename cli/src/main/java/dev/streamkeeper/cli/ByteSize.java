package dev.streamkeeper.cli;

/**
 * A number of bytes from the command line.
 *
 * @param bytes 0 or more
 */
record ByteSize(long bytes) {

  /** The size as an {@code int}, if it fits. */
  int toInt(String flag) {
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(flag + " is less than 2GiB: " + bytes + " bytes");
    }
    return (int) bytes;
  }
}
