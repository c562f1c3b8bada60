/**
 * Real nodes under test: each a JVM of its own, driven over HTTP, killed as the operating system kills.
 * Invariant: a test talks to a node only as a user could, and every node and database it started is gone when it ends.
 */
@NullMarked
package io.millrace.testkit.cluster;

import org.jspecify.annotations.NullMarked;
