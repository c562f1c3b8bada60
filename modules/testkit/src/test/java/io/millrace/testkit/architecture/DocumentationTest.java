package io.millrace.testkit.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePath;
import io.millrace.testkit.project.ProjectTree;
import java.io.IOException;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.lang.model.element.Modifier;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Every package states what it owns, and every public type what it is. */
class DocumentationTest {
    private static final String NULL_MARKED = "Lorg/jspecify/annotations/NullMarked;";

    @Test
    void everyPackageIsNullMarked() {
        Set<String> marked = CompiledClasses.of(ProductClasses.MODULES)
                .filter(model -> CompiledClasses.name(model).endsWith(".package-info"))
                .filter(DocumentationTest::isNullMarked)
                .map(DocumentationTest::packageName)
                .collect(Collectors.toSet());

        Set<String> unmarked = CompiledClasses.of(ProductClasses.MODULES)
                .map(DocumentationTest::packageName)
                .filter(name -> !marked.contains(name))
                .collect(Collectors.toSet());

        assertThat(marked).isNotEmpty();
        assertThat(unmarked)
                .as("packages without a package-info.java that says @NullMarked")
                .isEmpty();
    }

    @Test
    void everyPackageAndPublicTypeIsDocumented() throws IOException {
        List<String> undocumented = new ArrayList<>();
        for (String module : ProductClasses.MODULES) {
            List<Path> sources = ProjectTree.files(ProjectTree.module(module).sources(), ".java");
            undocumented.addAll(undocumented(sources));
        }

        assertThat(undocumented)
                .as("files whose package or public type has no documentation comment")
                .isEmpty();
    }

    private static List<String> undocumented(List<Path> sources) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        try (var files = compiler.getStandardFileManager(null, null, null)) {
            var task = (JavacTask) compiler.getTask(
                    null, files, null, List.of("-proc:none"), null, files.getJavaFileObjectsFromPaths(sources));
            DocTrees comments = DocTrees.instance(task);
            List<String> undocumented = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                for (Tree declaration : declarations(unit)) {
                    if (comments.getDocComment(TreePath.getPath(unit, declaration)) == null) {
                        undocumented.add(unit.getSourceFile().getName());
                    }
                }
            }
            return undocumented;
        }
    }

    /** What needs a comment: the package in a package-info.java, and every public type at the top of a file. */
    private static List<Tree> declarations(CompilationUnitTree unit) {
        if (unit.getSourceFile().isNameCompatible("package-info", JavaFileObject.Kind.SOURCE)) {
            return List.of(unit.getPackage());
        }
        return unit.getTypeDecls().stream()
                .filter(declaration -> declaration instanceof ClassTree type
                        && type.getModifiers().getFlags().contains(Modifier.PUBLIC))
                .<Tree>map(declaration -> declaration)
                .toList();
    }

    private static boolean isNullMarked(ClassModel model) {
        return model.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
                .flatMap(attribute -> attribute.annotations().stream())
                .anyMatch(annotation -> annotation.className().equalsString(NULL_MARKED));
    }

    private static String packageName(ClassModel model) {
        String name = CompiledClasses.name(model);
        return name.substring(0, name.lastIndexOf('.'));
    }
}
