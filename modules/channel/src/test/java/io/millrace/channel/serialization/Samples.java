package io.millrace.channel.serialization;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.cleanup.CleanupName;
import io.millrace.contracts.cleanup.CleanupReference;
import io.millrace.contracts.lock.LockName;
import io.millrace.contracts.process.ProcessName;
import java.lang.reflect.Constructor;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** Builds a value of any record, so that a new message is tested without anybody thinking of it. */
final class Samples {
    private static final Set<Class<?>> WRITTEN_AS_ONE_VALUE =
            Set.of(JobId.class, ChannelName.class, LockName.class, CleanupName.class, CleanupReference.class);

    private final ActorRef<?> ref;
    private int next;

    Samples(ActorRef<?> ref) {
        this.ref = ref;
    }

    /**
     * @param isFull false leaves every optional component absent and every collection empty
     */
    Object of(Class<?> record, boolean isFull) {
        RecordComponent[] components = record.getRecordComponents();
        Object[] values = new Object[components.length];
        for (int i = 0; i < components.length; i++) {
            boolean isOptional = components[i].getAnnotatedType().isAnnotationPresent(Nullable.class);
            values[i] = isOptional && !isFull ? null : value(components[i].getGenericType(), isFull);
        }
        try {
            Class<?>[] types =
                    Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
            Constructor<?> constructor = record.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("no sample of " + record, e);
        }
    }

    private Object value(Type type, boolean isFull) {
        if (type instanceof ParameterizedType generic) {
            return parameterized(generic, isFull);
        }
        Class<?> plain = (Class<?>) type;
        if (plain.isEnum()) {
            return plain.getEnumConstants()[plain.getEnumConstants().length - 1];
        }
        if (plain.equals(byte[].class)) {
            return new byte[] {(byte) ++next, 0, -1};
        }
        if (plain.isSealed()) {
            Class<?>[] kinds = plain.getPermittedSubclasses();
            return of(kinds[++next % kinds.length], isFull);
        }
        return plain.isRecord() && !WRITTEN_AS_ONE_VALUE.contains(plain) ? of(plain, isFull) : simple(plain);
    }

    private Object simple(Class<?> type) {
        next++;
        return switch (type.getName()) {
            case "int", "java.lang.Integer" -> next;
            case "long", "java.lang.Long" -> (long) next;
            case "double", "java.lang.Double" -> next + 0.5;
            case "boolean", "java.lang.Boolean" -> true;
            case "java.lang.String", "java.lang.Object" -> "text-" + next;
            case "java.time.Instant" -> Instant.ofEpochMilli(1_793_534_400_000L + next);
            case "java.time.Duration" -> Duration.ofMillis(next);
            case "io.millrace.contracts.JobId" -> new JobId(next, -next);
            case "io.millrace.contracts.ChannelName" -> new ChannelName("channel-" + next);
            case "io.millrace.contracts.cleanup.CleanupName" -> new CleanupName("task-" + next);
            case "io.millrace.contracts.cleanup.CleanupReference" ->
                new CleanupReference(new ChannelName("channel-" + next), new CleanupName("task-" + next));
            case "io.millrace.contracts.lock.LockName" -> new LockName("lock-" + next);
            case "io.millrace.contracts.process.ProcessName" -> new ProcessName("process-" + next);
            case "java.util.UUID" -> new UUID(next, -next);
            case "java.net.URI" -> URI.create("http://127.0.0.1:" + (1_024 + next) + "/health");
            default -> throw new IllegalStateException("no sample of " + type);
        };
    }

    private Object parameterized(ParameterizedType type, boolean isFull) {
        Type element = type.getActualTypeArguments()[0];
        return switch (type.getRawType().getTypeName()) {
            case "java.util.List" -> isFull ? List.of(value(element, true), value(element, true)) : List.of();
            case "java.util.Set" -> isFull ? Set.of(value(element, true)) : Set.of();
            case "java.util.Map" ->
                isFull ? Map.of(value(element, true), value(type.getActualTypeArguments()[1], true)) : Map.of();
            case "org.apache.pekko.actor.typed.ActorRef" -> ref;
            default -> throw new IllegalStateException("no sample of " + type);
        };
    }
}
