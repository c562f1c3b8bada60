package io.millrace.domain.resource;

import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.BufferTier;
import io.millrace.domain.Limits;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What is counted apart: each type, and each tier of buffers. Amounts of a tier are numbers of buffers. */
public enum ResourceAccount {
    SMALL_BUFFERS(ResourceType.BUFFER, BufferTier.SMALL),
    MEDIUM_BUFFERS(ResourceType.BUFFER, BufferTier.MEDIUM),
    LARGE_BUFFERS(ResourceType.BUFFER, BufferTier.LARGE),
    MEMORY(ResourceType.MEMORY, null),
    THREADS(ResourceType.THREADS, null),
    CHANNELS(ResourceType.CHANNELS, null),
    FILES(ResourceType.FILES, null),
    PROCESSES(ResourceType.PROCESSES, null);

    private final ResourceType type;
    private final @Nullable BufferTier tier;

    ResourceAccount(ResourceType type, @Nullable BufferTier tier) {
        this.type = type;
        this.tier = tier;
    }

    /** The account a wish is charged to; empty for a buffer that is larger than any there is. */
    public static Optional<ResourceAccount> of(ResourceType type, long size) {
        return switch (type) {
            case BUFFER -> BufferTier.of(size).map(ResourceAccount::of);
            case MEMORY -> Optional.of(MEMORY);
            case THREADS -> Optional.of(THREADS);
            case CHANNELS -> Optional.of(CHANNELS);
            case FILES -> Optional.of(FILES);
            case PROCESSES -> Optional.of(PROCESSES);
        };
    }

    private static ResourceAccount of(BufferTier tier) {
        return switch (tier) {
            case SMALL -> SMALL_BUFFERS;
            case MEDIUM -> MEDIUM_BUFFERS;
            case LARGE -> LARGE_BUFFERS;
        };
    }

    /** What a channel of this specification may hold, in amounts of the accounts. */
    public static Map<ResourceAccount, Long> limitsOf(ChannelSpec spec) {
        ChannelSpec.Buffers buffers = spec.resources().buffers();
        Map<ResourceAccount, Long> limits = new EnumMap<>(ResourceAccount.class);
        limits.put(SMALL_BUFFERS, (long) buffers.small());
        limits.put(MEDIUM_BUFFERS, (long) buffers.medium());
        limits.put(LARGE_BUFFERS, (long) buffers.large());
        limits.put(MEMORY, spec.resources().memoryBytes());
        limits.put(THREADS, (long) spec.threads().max());
        limits.put(CHANNELS, (long) Limits.DECLARED_CHANNELS_MAX);
        limits.put(FILES, (long) spec.resources().files());
        limits.put(PROCESSES, (long) spec.resources().processes());
        return limits;
    }

    public ResourceType type() {
        return type;
    }

    /** Absent unless it counts buffers. */
    public @Nullable BufferTier tier() {
        return tier;
    }

    /** What one unit of an amount is to a user: the bytes of a buffer, 1 for everything else. */
    public long unit() {
        return tier == null ? 1 : tier.bytes();
    }

    /** The amount a wish of that size is charged. */
    public long amount(long size) {
        return tier == null ? size : 1;
    }

    /** For people: {@code memory}, {@code buffer (medium)}. */
    @Override
    public String toString() {
        return tier == null ? type.wireName() : type.wireName() + " (" + tier.wireName() + ")";
    }
}
