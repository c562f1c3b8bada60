package io.millrace.channel.script;

import java.util.List;
import java.util.TreeSet;

/** What Cargo can do with a {@code Cargo.toml}, and the programs it can run. */
final class CargoCommands implements ScriptSource {
    static final String FILE = "Cargo.toml";
    private static final String TOOL = "cargo";
    private static final List<String> ALWAYS = List.of("build", "check", "test");

    @Override
    public void find(ProjectDirectory directory) {
        directory.toml(FILE).ifPresent(manifest -> {
            ALWAYS.forEach(name -> directory.add(TOOL, name, FILE, "", List.of(TOOL, name)));
            if (directory.has("src/main.rs")) {
                directory.add(TOOL, "run", FILE, "", List.of(TOOL, "run"));
            }
            var programs = new TreeSet<String>();
            manifest.path("bin").forEach(bin -> programs.add(bin.path("name").asText()));
            directory.entries("src/bin").forEach(source -> {
                String name = source.getFileName().toString();
                programs.add(name.endsWith(".rs") ? name.substring(0, name.length() - ".rs".length()) : name);
            });
            programs.stream()
                    .filter(PlainText::isName)
                    .forEach(program ->
                            directory.add(TOOL, "run:" + program, FILE, "", List.of(TOOL, "run", "--bin", program)));
        });
    }
}
