/**
 * Access to PostgreSQL: where it is, the pool of connections, transactions, and what an error of it means.
 * Invariant: a transaction either returned a value and is committed, or threw a
 * {@link io.millrace.domain.port.StorageException}. Called by the other packages of storage only.
 */
@NullMarked
package io.millrace.storage.database;

import org.jspecify.annotations.NullMarked;
