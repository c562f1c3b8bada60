package io.millrace.benchmarks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The machine's state, without which no number means anything. */
final class Machine {
    private static final int SYNCS = 200;

    private Machine() {}

    static Map<String, String> describe() throws IOException {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
        machine.put(
                "load before",
                String.format(
                        Locale.ROOT,
                        "%.2f",
                        ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
        machine.put("java", System.getProperty("java.vm.name") + " " + Runtime.version());
        machine.put("kernel", System.getProperty("os.version"));
        machine.put("fsync p50", fsyncMicros() + " µs");
        return machine;
    }

    private static long fsyncMicros() throws IOException {
        Path file = Files.createTempFile("millrace-fsync", ".tmp");
        long[] nanos = new long[SYNCS];
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            byte[] block = new byte[4096];
            for (int i = 0; i < SYNCS; i++) {
                long before = System.nanoTime();
                access.write(block);
                access.getChannel().force(false);
                nanos[i] = System.nanoTime() - before;
            }
        } finally {
            Files.delete(file);
        }
        Arrays.sort(nanos);
        return nanos[SYNCS / 2] / 1_000;
    }
}
