/** What the tests of storage share: one private server per run, and a codec. */
@NullMarked
package io.millrace.storage;

import org.jspecify.annotations.NullMarked;
