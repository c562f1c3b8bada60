package io.millrace.channel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.function.IntFunction;

/** Puts a list together that a manager answers part by part, because a message is bounded. */
public final class ListInParts {
    private ListInParts() {}

    /** @param isLast true if none follow */
    public record Part<T>(List<T> elements, boolean isLast) {
        public Part {
            elements = List.copyOf(elements);
        }
    }

    /**
     * All elements, in the order of the parts. They come and go between two parts, so one may be answered twice; it is
     * listed as it came first.
     *
     * @param behind asks for the part behind so many elements
     * @param id tells elements apart
     */
    public static <T> CompletionStage<List<T>> all(IntFunction<CompletionStage<Part<T>>> behind, Function<T, ?> id) {
        return from(0, behind, id, new LinkedHashMap<>());
    }

    private static <T> CompletionStage<List<T>> from(
            int offset, IntFunction<CompletionStage<Part<T>>> behind, Function<T, ?> id, Map<Object, T> listed) {
        return behind.apply(offset).thenCompose(part -> {
            part.elements().forEach(element -> listed.putIfAbsent(id.apply(element), element));
            return part.isLast()
                    ? CompletableFuture.completedStage(List.copyOf(listed.values()))
                    : from(offset + part.elements().size(), behind, id, listed);
        });
    }
}
