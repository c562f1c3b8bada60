package io.millrace.channel.resource;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.millrace.channel.Instruments;
import io.millrace.channel.ManagerReply;
import io.millrace.channel.fixture.TestServices;
import io.millrace.channel.handle.HandleSeals;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.ErrorCode;
import io.millrace.contracts.Proves;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.handle.BoundaryViolation;
import io.millrace.contracts.handle.Handle;
import io.millrace.contracts.handle.HandleType;
import io.millrace.contracts.handle.Reference;
import io.millrace.contracts.handle.SecurityBoundary;
import io.millrace.contracts.job.ResourceType;
import io.millrace.contracts.resource.ResourceState;
import io.millrace.contracts.resource.ResourceView;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Handles of resources with one thing wrong. No job runs under a resource, so the boundary {@code JOB_KIND} cannot be
 * broken by one; {@code FOREIGN_REFERENCE} is broken in {@link ResourceIsolationTest}, by memory of another channel.
 */
class ResourceBoundaryTest {
    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final ChannelName MINE = new ChannelName("mine");
    private static final HandleSeals OTHER_SEALS = new HandleSeals("another key of thirty-two bytes!".getBytes(UTF_8));

    private final ResourcesUnderTest resources = new ResourcesUnderTest(KIT, TestServices.NODE_LIMITS);
    private final ResourceCalls channel = resources.channel(MINE.value(), ChannelSpec.DEFAULT);
    private final ResourceView held = channel.allocate(ResourceType.BUFFER, 10);

    @AfterAll
    static void stop() {
        KIT.shutdownTestKit();
    }

    /** Ways to make a handle of a sound one that a command must refuse. */
    enum Crafted {
        AUTHENTICITY(sound ->
                OTHER_SEALS.seal(sound.type(), sound.id(), sound.channel(), sound.incarnation(), sound.node())),
        OWNERSHIP(
                sound -> sealed(sound.type(), sound.id(), new ChannelName("other"), sound.incarnation(), sound.node())),
        INCARNATION(sound -> sealed(sound.type(), sound.id(), sound.channel(), sound.incarnation() - 1, sound.node())),
        NODE(sound -> sealed(sound.type(), sound.id(), sound.channel(), sound.incarnation(), "node-2")),
        MESSAGE_TYPE(
                sound -> sealed(HandleType.THREAD, sound.id(), sound.channel(), sound.incarnation(), sound.node()));

        private final UnaryOperator<Handle> craft;

        Crafted(UnaryOperator<Handle> craft) {
            this.craft = craft;
        }

        SecurityBoundary boundary() {
            return SecurityBoundary.valueOf(name());
        }

        private static Handle sealed(HandleType type, String id, ChannelName channel, long incarnation, String node) {
            return TestServices.SEALS.seal(type, id, channel, incarnation, node);
        }
    }

    /** Every command that names a resource and does something, or tells something about it. */
    enum Command {
        RELEASE(ResourceManager.Release::new),
        SHOW(ResourceManager.Show::new),
        SHOW_USAGE(ResourceManager.ShowUsage::new),
        VERIFY_CLEANUP(ResourceManager.VerifyCleanup::new),
        WRITE((resource, replyTo) -> new ResourceManager.Write(resource, 0, new byte[] {1}, true, replyTo)),
        READ((resource, replyTo) -> new ResourceManager.Read(resource, 0, replyTo));

        private final BiFunction<Reference, ActorRef<ManagerReply>, ResourceManager.Request> request;

        Command(BiFunction<Reference, ActorRef<ManagerReply>, ResourceManager.Request> request) {
            this.request = request;
        }
    }

    private static Stream<Arguments> everyHandleWithEveryCommand() {
        return Stream.of(Crafted.values())
                .flatMap(crafted -> Stream.of(Command.values()).map(command -> Arguments.of(crafted, command)));
    }

    @ParameterizedTest
    @MethodSource("everyHandleWithEveryCommand")
    @Proves({"R-29", "R-37"})
    void noCommandActsOnAHandleThatBreaksABoundary(Crafted crafted, Command command) {
        // given
        Reference forged = Reference.to(crafted.craft.apply(held.handle()));

        // when
        var problem = channel.refusal(replyTo -> command.request.apply(forged, replyTo));

        // then
        assertThat(problem.code()).isEqualTo(ErrorCode.PERMISSION);
        assertThat(problem.context())
                .containsEntry("boundary", crafted.boundary().name());
        assertThat(channel.show(held.handle())).isEqualTo(held);
        assertThat(refused()).isOne();
    }

    @ParameterizedTest
    @EnumSource
    @Proves("R-05")
    void validationNamesTheBoundaryThatIsBroken(Crafted crafted) {
        // when
        var report = channel.validate(crafted.craft.apply(held.handle()));

        // then
        assertThat(report.violations()).extracting(BoundaryViolation::boundary).containsExactly(crafted.boundary());
    }

    @Test
    @Proves("R-05")
    void validationFindsNothingWrongWithASoundHandle() {
        assertThat(channel.validate(held.handle()).violations()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void everyCommandActsOnASoundHandle(Command command) {
        assertThat(channel.ask(replyTo -> command.request.apply(Reference.to(held.handle()), replyTo)))
                .isNotInstanceOf(ManagerReply.Refused.class);
    }

    @Test
    @Proves("R-05")
    void aQuotaThatWasLoweredBelowUseIsReportedAndPreventsNoRelease() {
        // given
        ResourceView files = channel.allocate(ResourceType.FILES, 150);
        channel.manager.tell(new ResourceManager.Configure(ResourceManagerTest.withFiles(100)));

        // when
        var report = channel.validate(files.handle());

        // then
        assertThat(report.violations())
                .extracting(BoundaryViolation::boundary, BoundaryViolation::severity)
                .containsExactly(tuple(SecurityBoundary.QUOTA, BoundaryViolation.Severity.WARNING));
        assertThat(channel.release(files.handle())).isTrue();
    }

    @Test
    void aHandleOfAnEarlierLifeIsBackAndCannotBeUsed() {
        // given
        Handle earlier = TestServices.SEALS.seal(
                HandleType.RESOURCE, "01J9ZQ4V5B6C7D8E9F0G1H2J3K", MINE, ResourcesUnderTest.INCARNATION - 1, "node-2");

        // then
        assertThat(channel.release(earlier)).isFalse();
        assertThat(channel.cleanup(earlier).complete()).isTrue();
        assertThat(channel.cleanup(earlier).state()).isEqualTo(ResourceState.RELEASED);
        assertThat(channel.cleanup(earlier).detail()).contains("node-2");
    }

    @Test
    void anIdentifierNobodyKnowsIsNotFound() {
        // given
        Reference unknown = Reference.byId("01J9ZQ4V5B6C7D8E9F0G1H2J3K");

        // then
        for (Command command : Command.values()) {
            if (command != Command.RELEASE) {
                var problem = channel.refusal(replyTo -> command.request.apply(unknown, replyTo));
                assertThat(problem.code()).as("%s", command).isEqualTo(ErrorCode.NOT_FOUND);
            }
        }
        assertThat(channel.refusal(replyTo -> new ResourceManager.Validate(unknown, replyTo))
                        .code())
                .isEqualTo(ErrorCode.NOT_FOUND);
    }

    private long refused() {
        return resources.instruments.all().stream()
                .filter(instrument -> instrument.name().equals("millrace_resource_handles_refused_total"))
                .map(Instruments.Counter.class::cast)
                .mapToLong(Instruments.Counter::value)
                .sum();
    }
}
