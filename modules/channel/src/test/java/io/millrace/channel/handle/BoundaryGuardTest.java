package io.millrace.channel.handle;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Problem;
import io.millrace.contracts.Proves;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.BoundaryViolation.Severity;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.work.JobKind;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BoundaryGuardTest {
    private static final ChannelName CHANNEL = new ChannelName("builds");
    private static final ChannelName OTHER_CHANNEL = new ChannelName("tests");
    private static final long INCARNATION = 3;
    private static final String NODE = "node-1";
    private static final String ID = "01J9ZQ4V5B6C7D8E9F0G1H2J3K-1";
    private static final HandleSeals SEALS = new HandleSeals(new byte[32]);
    private static final Handle REGISTERED = SEALS.seal(HandleType.THREAD, ID, CHANNEL, INCARNATION, NODE);

    private final BoundaryGuard guard = new BoundaryGuard(SEALS);

    /** A command with one thing wrong. */
    private record Crafted(SecurityBoundary boundary, Severity severity, Reference presented, Expectation expected) {
        @Override
        public String toString() {
            return boundary.name();
        }
    }

    private static Stream<Crafted> crafted() {
        Reference sound = Reference.to(REGISTERED);
        return Stream.of(
                presenting(
                        SecurityBoundary.AUTHENTICITY,
                        new HandleSeals(otherKey()).seal(HandleType.THREAD, ID, CHANNEL, INCARNATION, NODE)),
                presenting(
                        SecurityBoundary.OWNERSHIP,
                        SEALS.seal(HandleType.THREAD, ID, OTHER_CHANNEL, INCARNATION, NODE)),
                presenting(
                        SecurityBoundary.INCARNATION,
                        SEALS.seal(HandleType.THREAD, ID, CHANNEL, INCARNATION - 1, "node-2")),
                presenting(SecurityBoundary.NODE, SEALS.seal(HandleType.THREAD, ID, CHANNEL, INCARNATION, "node-2")),
                new Crafted(
                        SecurityBoundary.JOB_KIND,
                        Severity.WARNING,
                        sound,
                        expected(REGISTERED, Set.of(JobKind.PROCESS), 20, List.of())),
                new Crafted(
                        SecurityBoundary.QUOTA,
                        Severity.WARNING,
                        sound,
                        expected(REGISTERED, Set.of(JobKind.HANDLER), 21, List.of())),
                new Crafted(
                        SecurityBoundary.FOREIGN_REFERENCE,
                        Severity.CRITICAL,
                        sound,
                        expected(REGISTERED, Set.of(JobKind.HANDLER), 20, List.of("lock schema of channel 'tests'"))),
                presenting(
                        SecurityBoundary.MESSAGE_TYPE, SEALS.seal(HandleType.LEASE, ID, CHANNEL, INCARNATION, NODE)));
    }

    private static Crafted presenting(SecurityBoundary boundary, Handle handle) {
        return new Crafted(boundary, Severity.CRITICAL, Reference.to(handle), sound());
    }

    private static Expectation sound() {
        return expected(REGISTERED, Set.of(JobKind.HANDLER), 20, List.of());
    }

    private static Expectation expected(Handle registered, Set<JobKind> allowed, long used, List<String> foreign) {
        return new Expectation(
                HandleType.THREAD,
                CHANNEL,
                INCARNATION,
                registered,
                JobKind.HANDLER,
                allowed,
                new Expectation.Quota(used, 20),
                foreign);
    }

    /** The channel keeps nothing of the identifier. */
    private static Expectation nothingOf(HandleType type) {
        return new Expectation(
                type,
                CHANNEL,
                INCARNATION,
                null,
                null,
                Set.of(JobKind.HANDLER),
                new Expectation.Quota(0, 20),
                List.of());
    }

    private static byte[] otherKey() {
        byte[] key = new byte[32];
        key[31] = 1;
        return key;
    }

    @Test
    @Proves("T-05")
    void nothingIsReportedOfASoundHandle() {
        assertThat(guard.check(Reference.to(REGISTERED), sound())).isEmpty();
        assertThat(guard.refusal(Reference.to(REGISTERED), sound())).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("crafted")
    @Proves("T-05")
    void exactlyTheBoundaryThatIsBrokenIsReported(Crafted crafted) {
        List<BoundaryViolation> found = guard.check(crafted.presented(), crafted.expected());

        assertThat(found).singleElement().satisfies(violation -> {
            assertThat(violation.boundary()).isEqualTo(crafted.boundary());
            assertThat(violation.severity()).isEqualTo(crafted.severity());
        });
    }

    @ParameterizedTest
    @MethodSource("crafted")
    @Proves("T-33")
    void aCommandIsRefusedWithTheBoundaryItBreaks(Crafted crafted) {
        var refusal = guard.refusal(crafted.presented(), crafted.expected());

        if (crafted.severity() == Severity.WARNING) {
            assertThat(refusal).isEmpty();
        } else {
            assertThat(refusal).hasValueSatisfying(problem -> {
                assertThat(problem.code()).isEqualTo(ErrorCode.PERMISSION);
                assertThat(problem.context())
                        .containsEntry("boundary", crafted.boundary().name());
                assertThat(problem.detail()).contains(crafted.boundary().name());
            });
        }
    }

    @ParameterizedTest
    @EnumSource(SecurityBoundary.class)
    void everyBoundaryHasACraftedViolation(SecurityBoundary boundary) {
        assertThat(crafted().map(Crafted::boundary)).contains(boundary);
    }

    @Test
    void boundariesAreReportedTogetherAndInOrder() {
        Handle forged = new Handle(HandleType.LEASE, ID, OTHER_CHANNEL, 9, "node-9", "made-up");

        assertThat(guard.check(Reference.to(forged), expected(REGISTERED, Set.of(), 21, List.of("a lock"))))
                .extracting(BoundaryViolation::boundary)
                .containsExactly(
                        SecurityBoundary.AUTHENTICITY,
                        SecurityBoundary.OWNERSHIP,
                        SecurityBoundary.JOB_KIND,
                        SecurityBoundary.QUOTA,
                        SecurityBoundary.FOREIGN_REFERENCE,
                        SecurityBoundary.MESSAGE_TYPE);
    }

    @Test
    void anIdentifierAloneCarriesNothingThatCouldBeForged() {
        assertThat(guard.refusal(Reference.byId(ID), sound())).isEmpty();
    }

    @Test
    void anUnknownIdentifierIsNotFoundWhicheverChannelItIsFrom() {
        Problem absent =
                guard.refusal(Reference.byId(ID), nothingOf(HandleType.THREAD)).orElseThrow();

        assertThat(absent.code()).isEqualTo(ErrorCode.NOT_FOUND);
        assertThat(absent.detail()).contains(ID, CHANNEL.value());
    }

    @Test
    void aThreadOfAnEarlierLifeOfTheChannelIsRefusedByItsHandle() {
        Handle stale = SEALS.seal(HandleType.THREAD, ID, CHANNEL, INCARNATION - 1, NODE);

        assertThat(guard.check(Reference.to(stale), nothingOf(HandleType.THREAD)))
                .extracting(BoundaryViolation::boundary)
                .containsExactly(SecurityBoundary.INCARNATION);
    }

    @Test
    void aLeaseOfAnEarlierLifeOfTheChannelHasMerelyEnded() {
        Reference stale = Reference.to(SEALS.seal(HandleType.LEASE, "schema", CHANNEL, INCARNATION - 1, NODE));

        assertThat(guard.forbidden(stale, nothingOf(HandleType.LEASE))).isEmpty();
        assertThat(guard.refusal(stale, nothingOf(HandleType.LEASE)))
                .map(Problem::code)
                .hasValue(ErrorCode.NOT_FOUND);
    }

    @Test
    void aForgedHandleOfSomethingUnknownIsRefusedAsForged() {
        Handle forged = new Handle(HandleType.LEASE, "schema", CHANNEL, INCARNATION, NODE, "made-up");

        assertThat(guard.forbidden(Reference.to(forged), nothingOf(HandleType.LEASE)))
                .map(problem -> problem.context().get("boundary"))
                .hasValue("AUTHENTICITY");
    }
}
