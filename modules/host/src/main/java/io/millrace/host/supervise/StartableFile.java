package io.millrace.host.supervise;

import io.millrace.host.system.LibC;
import io.millrace.host.system.PosixSpawn;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells whether the system would start a file. To be asked before a shell is given the command: it would read a file that
 * is no program as a script, or say what is wrong where only the output shows it.
 */
final class StartableFile {
    private static final int HEAD_BYTES = 256;

    private StartableFile() {}

    /** @throws PosixSpawn.SpawnException with the error the system would give */
    static void require(LaunchPlan plan) throws IOException {
        var file = plan.workingDirectory().resolve(plan.executable());
        String head;
        try (InputStream content = Files.newInputStream(file)) {
            head = new String(content.readNBytes(HEAD_BYTES), StandardCharsets.ISO_8859_1);
        } catch (AccessDeniedException e) {
            // It may be run and not read: then it is no script, and only the system knows more.
            return;
        }
        if (head.startsWith("#!")) {
            requireInterpreter(plan, head);
        } else if (!head.startsWith("\u007fELF")) {
            throw new PosixSpawn.SpawnException(LibC.ENOEXEC);
        }
    }

    private static void requireInterpreter(LaunchPlan plan, String head) throws PosixSpawn.SpawnException {
        String line = head.substring(2).lines().findFirst().orElse("").strip();
        if (line.isEmpty()) {
            throw new PosixSpawn.SpawnException(LibC.ENOEXEC);
        }
        Path interpreter = plan.workingDirectory().resolve(line.split("\\s", 2)[0]);
        if (!Files.exists(interpreter)) {
            throw new PosixSpawn.SpawnException(LibC.ENOENT);
        }
        if (Files.isDirectory(interpreter) || !Files.isExecutable(interpreter)) {
            throw new PosixSpawn.SpawnException(LibC.EACCES);
        }
    }
}
