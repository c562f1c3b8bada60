package io.millrace.domain.process;

import io.millrace.contracts.process.ProcessDependency;
import io.millrace.contracts.process.ProcessName;
import io.millrace.contracts.process.ProcessSpec;
import io.millrace.contracts.process.Readiness;
import io.millrace.contracts.process.RestartPolicy;
import io.millrace.contracts.process.StopPolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A process to be registered: never restarted, ready as soon as it runs, unless told otherwise. */
public record TestProcess(
        String name,
        RestartPolicy restart,
        @Nullable Readiness ready,
        List<Integer> successExitCodes,
        List<ProcessDependency> dependsOn) {

    public static TestProcess named(String name) {
        return new TestProcess(name, RestartPolicy.NEVER, null, List.of(), List.of());
    }

    /** Restarted after 1 s, 2 s, 4 s ... up to 8 s, until a run was ready for 10 s. */
    TestProcess restarted(RestartPolicy.Mode mode, int max) {
        return with(
                new RestartPolicy(mode, Duration.ofSeconds(1), 2, Duration.ofSeconds(8), max, Duration.ofSeconds(10)));
    }

    public TestProcess with(RestartPolicy policy) {
        return new TestProcess(name, policy, ready, successExitCodes, dependsOn);
    }

    public TestProcess checked() {
        return new TestProcess(name, restart, new Readiness.Tcp("127.0.0.1", 3000), successExitCodes, dependsOn);
    }

    public TestProcess ready(Readiness how) {
        return new TestProcess(name, restart, how, successExitCodes, dependsOn);
    }

    TestProcess succeedingWith(Integer... codes) {
        return new TestProcess(name, restart, ready, List.of(codes), dependsOn);
    }

    public TestProcess after(String other, ProcessDependency.Condition condition) {
        List<ProcessDependency> all = new ArrayList<>(dependsOn);
        all.add(new ProcessDependency(new ProcessName(other), condition));
        return new TestProcess(name, restart, ready, successExitCodes, all);
    }

    public ProcessSpec spec() {
        return new ProcessSpec(
                new ProcessName(name),
                List.of("serve", name),
                null,
                null,
                Map.of(),
                restart,
                ready,
                ProcessSpec.START_TIMEOUT_DEFAULT,
                StopPolicy.DEFAULT,
                successExitCodes,
                dependsOn,
                false,
                false,
                Map.of());
    }
}
