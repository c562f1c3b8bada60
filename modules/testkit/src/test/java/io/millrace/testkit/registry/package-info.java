/**
 * The contract registry: which row of {@code modules/contracts.md} is proven by which test.
 * A status is always derived from the {@code @Proves} marks in compiled classes and from the reports of the tests that
 * carry them; nobody states one by hand. {@link io.millrace.testkit.registry.ContractRegistryCheck} runs as the last
 * step of the build, and {@code scripts/contracts} prints what it wrote.
 */
@NullMarked
package io.millrace.testkit.registry;

import org.jspecify.annotations.NullMarked;
