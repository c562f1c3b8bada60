package io.millrace.testkit.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import io.millrace.testkit.project.ProjectTree;
import io.millrace.testkit.project.ProjectTree.Module;
import java.nio.file.Path;
import java.util.List;

/** The main classes of the modules a node is made of, as ArchUnit sees them; imported once for all rules. */
final class ProductClasses {
    static final List<String> MODULES =
            List.of("contracts", "domain", "api", "storage", "host", "channel", "edge", "node");

    private static final JavaClasses ALL = new ClassFileImporter()
            .importPaths(MODULES.stream()
                    .map(ProjectTree::module)
                    .map(Module::classes)
                    .toArray(Path[]::new));

    private ProductClasses() {}

    static JavaClasses all() {
        return ALL;
    }
}
