package io.millrace.contracts;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** States who may call a public type at the same time. Source: contract row B-05. */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.TYPE)
public @interface ThreadSafety {
    Level value();

    /** Who may call at the same time. */
    enum Level {
        /** Any number of callers from any thread: the call becomes a message. */
        THREAD_SAFE,
        /** Any number of readers: the value never changes. */
        READ_SAFE,
        /** One caller at a time: the type lives inside one actor or one attempt. */
        SINGLE_THREADED
    }
}
