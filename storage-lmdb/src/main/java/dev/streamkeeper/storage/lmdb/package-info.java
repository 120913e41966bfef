/** Durable streams on one machine, in an LMDB environment. */
@NullMarked
package dev.streamkeeper.storage.lmdb;

import org.jspecify.annotations.NullMarked;
