package io.millrace.contracts;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the contract rows a test or benchmark proves. The contract registry collects these marks; a row that claims a
 * proof which did not pass fails the build.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface Proves {
    /** Row ids, for example {@code T-25}. */
    String[] value();
}
