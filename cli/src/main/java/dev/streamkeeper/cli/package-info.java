/** The command line. */
@NullMarked
package dev.streamkeeper.cli;

import org.jspecify.annotations.NullMarked;
