package io.millrace.edge.http;

import io.millrace.api.v1.HttpProblem;
import io.millrace.api.v1.ResourceRequestReader;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads which resources a list asks for. */
final class ResourceFilters {
    private static final Map<String, ResourceState> STATES =
            Arrays.stream(ResourceState.values()).collect(Collectors.toMap(ResourceState::name, Function.identity()));

    private ResourceFilters() {}

    /** True of what the list is to show: of the given type, in one of the given states, and of the given owner. */
    static Predicate<ResourceView> of(Query query) {
        String name = query.text("type");
        ResourceType type = name == null ? null : Query.oneOf("type", name, ResourceRequestReader.TYPES);
        List<ResourceState> states = query.texts("state").stream()
                .map(state -> Query.oneOf("state", state.toUpperCase(Locale.ROOT), STATES))
                .toList();
        String owner = query.text("owner");
        return resource -> (type == null || resource.type() == type)
                && (states.isEmpty() || states.contains(resource.state()))
                && (owner == null || resource.owner().name().equals(owner));
    }

    /**
     * The type that a query is about, null if it names none. One that does not exist is refused with 400 rather than 422:
     * here it says what is asked for, as a path does, and does not narrow a list.
     */
    static @Nullable ResourceType subject(Query query) {
        String name = query.text("type");
        ResourceType type = name == null ? null : ResourceRequestReader.TYPES.get(name);
        if (name != null && type == null) {
            throw HttpProblem.malformed(
                            "type",
                            "must be one of "
                                    + String.join(
                                            ", ",
                                            ResourceRequestReader.TYPES.keySet().stream()
                                                    .sorted()
                                                    .toList()))
                    .asException();
        }
        return type;
    }
}
