import Foundation
import TestSupport
import Testing

/// What a shell can hand over and no text holds, and what it can send.
struct HostileWordsTests {
    private let shop = Result { try Workshop() }

    private func shell(_ line: String) throws -> Command {
        let shop = try shop.get()
        let path = "\(Command.programs.path):/usr/bin:/bin"
        return try Command.system(
            "bash", ["-c", line], in: shop.folder.url,
            environment: ["PATH": path, "FIGMENT_CATALOG": shop.catalog])
    }

    @Test func wordsThatAreNotUTF8BecomeNoOtherNames() throws {
        try shop.get().succeed("init")
        let word = try shell(#"figment import concepts $'caf\xe9.csv'"#)
        #expect(word.status == 64)
        #expect(word.errors.contains(#"argument 3 is not UTF-8: caf\xe9.csv"#), "\(word.errors)")
        let variable = try shell(#"FIGMENT_CATALOG=$'\xff.sqlite' figment init"#)
        #expect(variable.status == 64)
        #expect(variable.errors.contains(#"the variable FIGMENT_CATALOG is not UTF-8: \xff.sqlite"#))
        let folder = try shell(
            #"mkdir $'d\xe9' && cd $'d\xe9' && figment init --catalog c.sqlite; s=$?; ls; exit $s"#)
        #expect(folder.status == 74)
        #expect(folder.output == "")
        #expect(folder.errors.contains(#"d\xe9"#), "\(folder.errors)")
    }

    @Test func aPathThatIsNotUTF8IsToldAndCounted() throws {
        let shop = try shop.get()
        try shop.succeed("init")
        try shop.folder.write("classes.csv", "name\ncat\n")
        try shop.succeed("import", "concepts", "classes.csv")
        try shop.folder.write("pictures/cat/1.png", try Fixture.bytes("ImageCodecs/rgb.png"))
        try shop.folder.write("elsewhere/2.png", try Fixture.bytes("ImageCodecs/rgba.png"))
        let links = try shell(
            #"cd pictures/cat && cp 1.png $'\xe9.png' && ln -s ../../elsewhere more && ln -s ../../elsewhere/2.png 2.png"#
        )
        #expect(links.status == 0, "\(links.errors)")
        #expect(
            try shop.succeed("import", "images", "pictures")
                == "figment-import: 2 images recorded, 2 refused (see table refusal)\n")
        #expect(
            try shop.rows("SELECT subject, reason FROM refusal ORDER BY subject") == [
                [#"pictures/cat/\xe9.png"#, "the name is not UTF-8"],
                ["pictures/cat/more", "it is a link to a folder, which is not followed"],
            ])
    }

    @Test func quitEndsAProgram() throws {
        try shop.get().succeed("init")
        let long = "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c"
        // Python starts it as a terminal does; a shell has its background jobs ignore this signal.
        let script = """
            import signal, subprocess, sys, time
            signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGQUIT])
            signal.signal(signal.SIGQUIT, signal.SIG_DFL)
            program = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
            time.sleep(1)
            program.send_signal(signal.SIGQUIT)
            sys.exit(program.wait() == -signal.SIGQUIT)
            """
        let command = try Command.system(
            "python3",
            [
                "-c", script, Command.programs.appending(path: "figment-query").path, long, "--catalog",
                shop.get().catalog,
            ])
        #expect(command.status == 1, "\(command.errors)")
        #expect(command.errors == "")
    }
}
