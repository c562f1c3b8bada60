package io.millrace.testkit.architecture;

import java.lang.classfile.ClassModel;
import java.util.List;
import java.util.Set;
import java.util.Timer;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.BaseStream;

/**
 * Finds what makes threads: threads and pools themselves, and steps that run on the pool all libraries of a virtual
 * machine share because no other was named.
 */
final class ThreadScan {
    private static final Set<String> BUILDERS = Set.of("ofPlatform", "ofVirtual", "startVirtualThread");

    private ThreadScan() {}

    static List<Finding> scan(ClassModel model) {
        return Call.find(model, ThreadScan::makesThreads, Call::displayName);
    }

    private static boolean makesThreads(Call call) {
        return isThread(call)
                || call.ownerName().equals(Executors.class.getName())
                || isNewPool(call)
                || isParallelStream(call)
                || isOnTheCommonPool(call);
    }

    private static boolean isThread(Call call) {
        return call.isConstructor() && call.isOn(Thread.class)
                || call.ownerName().equals(Thread.class.getName()) && BUILDERS.contains(call.name());
    }

    private static boolean isNewPool(Call call) {
        return call.isConstructor() && (call.isOn(ExecutorService.class) || call.isOn(Timer.class))
                || call.name().equals("commonPool");
    }

    private static boolean isParallelStream(Call call) {
        return call.name().equals("parallelStream") || call.name().equals("parallel") && call.isOn(BaseStream.class);
    }

    private static boolean isOnTheCommonPool(Call call) {
        return call.name().endsWith("Async") && call.isOn(CompletionStage.class) && !call.takes(Executor.class);
    }
}
