/** Streams in memory: nothing survives the process. For tests, and for streams that may be lost. */
@NullMarked
package dev.streamkeeper.storage.memory;

import org.jspecify.annotations.NullMarked;
