package io.millrace.channel.service;

import static io.millrace.channel.service.ServicesUnderTest.command;
import static io.millrace.channel.service.ServicesUnderTest.dependingOn;
import static io.millrace.channel.service.ServicesUnderTest.restarting;
import static io.millrace.channel.service.ServicesUnderTest.with;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.channel.Instruments;
import io.millrace.channel.process.ProcessManager;
import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessState;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.domain.Limits;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a node counts of the services on it. */
class ServiceGaugesTest {
    private final DirectedServices services = new DirectedServices();

    @AfterEach
    void close() {
        services.close();
    }

    @Test
    void servicesAreCountedByStateUntilTheirChannelIsOnTheNodeNoLonger() {
        // given one that runs, and one that waits for what is not there
        services.start(command("db", "serve"));
        ProcessManager.Start start = services.asked(ProcessManager.Start.class);
        services.start(dependingOn("nobody", ProcessDependency.Condition.STARTED, command("web", "serve")));

        // when
        services.isUp(start, 10);
        services.settle();

        // then
        assertThat(count(ProcessState.RUNNING)).isEqualTo(1);
        assertThat(count(ProcessState.PENDING)).isEqualTo(1);
        assertThat(services.node.instruments.servicesReady().value()).isEqualTo(1);

        // when
        services.end();

        // then
        assertThat(count(ProcessState.RUNNING)).isZero();
        assertThat(count(ProcessState.PENDING)).isZero();
        assertThat(services.node.instruments.servicesReady().value()).isZero();
    }

    @Test
    void aServiceIsCrashLoopingUntilARunOfItHasStayedUp() {
        // given
        RestartPolicy always = restarting(RestartPolicy.Mode.ALWAYS, 0);
        services.start(with(always, command("web", "serve")));
        ProcessManager.Start run = services.asked(ProcessManager.Start.class);

        // when
        for (int i = 0; i < Limits.PROCESS_CRASHES_MIN; i++) {
            services.isUp(run, 10);
            services.exited(run.replyTo(), run.attempt(), 1);
            services.pass(Duration.ofSeconds(1));
            run = services.asked(ProcessManager.Start.class);
        }

        // then
        services.settle();
        assertThat(crashLooping()).isEqualTo(1);
        assertThat(counter("millrace_service_restarts_total")).isEqualTo(Limits.PROCESS_CRASHES_MIN);
        assertThat(counter("millrace_service_failures_total")).isEqualTo(Limits.PROCESS_CRASHES_MIN);
        assertThat(counter("millrace_service_runs_total")).isEqualTo(Limits.PROCESS_CRASHES_MIN + 1);

        // when nobody does anything
        services.isUp(run, 10);
        services.settle();
        assertThat(crashLooping()).isEqualTo(1);
        services.pass(always.minUptime());

        // then
        services.settle();
        assertThat(crashLooping()).isZero();
    }

    private long count(ProcessState state) {
        return services.node.instruments.services(state).value();
    }

    private long crashLooping() {
        return services.node.instruments.servicesCrashLooping().value();
    }

    private long counter(String name) {
        return services.node.instruments.all().stream()
                .filter(instrument -> instrument.name().equals(name))
                .map(Instruments.Counter.class::cast)
                .findFirst()
                .orElseThrow()
                .value();
    }
}
