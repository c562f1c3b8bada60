/**
 * What can be run: a command or a handler, by jobs as well as by cleanup tasks. Knows nothing of who runs it.
 */
@NullMarked
package io.millrace.contracts.work;

import org.jspecify.annotations.NullMarked;
