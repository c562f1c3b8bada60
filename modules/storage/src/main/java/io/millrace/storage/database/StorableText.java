package io.millrace.storage.database;

import java.util.HashMap;
import java.util.Map;

/**
 * Text as PostgreSQL can hold it. It takes no NUL character, and one in the name of a single job must not keep a whole
 * batch of rows out; the job's specification, which is stored as bytes, still has it.
 */
public final class StorableText {
    private static final char NUL = 0;
    private static final char REPLACEMENT = '\uFFFD';

    private StorableText() {}

    public static String of(String text) {
        return text.indexOf(NUL) < 0 ? text : text.replace(NUL, REPLACEMENT);
    }

    public static Map<String, String> of(Map<String, String> texts) {
        Map<String, String> storable = new HashMap<>();
        texts.forEach((key, value) -> storable.put(of(key), of(value)));
        return storable;
    }
}
