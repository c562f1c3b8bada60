package io.millrace.contracts;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** States whether a call can wait, and how long. Source: contract row B-07. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.TYPE, ElementType.METHOD})
public @interface TimeoutBehavior {
    Kind value();

    /** How a call behaves in time. */
    enum Kind {
        /** Returns at once; the outcome arrives through the returned stage, within the configured ask timeout. */
        NON_BLOCKING,
        /** May hold the calling thread; only for code that owns its thread, such as a handler. */
        BLOCKING
    }
}
