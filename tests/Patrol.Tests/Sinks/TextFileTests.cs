using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.Renewal;

namespace Patrol.Tests.Sinks;

[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class TextFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Mode_owner_and_link_stay()
    {
        var target = folder["real.env"];
        var link = folder[".env"];
        await File.WriteAllTextAsync(target, "A=1\r\nTOKEN='old'");
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead);
        if (Environment.IsPrivilegedProcess)
            Posix.Give(target, 1234, 4321);
        File.CreateSymbolicLink(link, "real.env");
        var owner = Posix.Owner(target);
        await using var sink = new TextFileSink(link, new EnvEditor("TOKEN"));
        await sink.Store(await sink.Check(default), new Secret("new"), default);
        Assert.Equal("A=1\r\nTOKEN='new'", await File.ReadAllTextAsync(target));
        Assert.Equal("real.env", new FileInfo(link).LinkTarget);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, File.GetUnixFileMode(target));
        Assert.Equal(owner, Posix.Owner(target));
        Assert.Equal([".env", "real.env"], System.IO.Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_file_with_several_names_is_refused()
    {
        await File.WriteAllTextAsync(folder["a"], "old\n");
        System.Diagnostics.Process.Start("ln", [folder["a"], folder["b"]]).WaitForExit();
        await using var sink = new TextFileSink(folder["a"], new WholeFile());
        Assert.Contains("hard links", (await Assert.ThrowsAsync<CliFailure>(() => sink.Check(default))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Access_lists_and_attributes_stay_and_none_comes_from_the_folder()
    {
        // Version 2; the owner rw, user 1234 r, the group nothing, at most rw, others nothing: to those who see but the mode, the group may write.
        byte[] list = [2, 0, 0, 0, .. Entry(1, 6, -1), .. Entry(2, 4, 1234), .. Entry(4, 0, -1), .. Entry(16, 6, -1), .. Entry(32, 0, -1)];
        await File.WriteAllTextAsync(folder["plain"], "old\n");
        await File.WriteAllTextAsync(folder["a"], "old\n");
        try
        {
            Posix.SetAttribute(folder["a"], Posix.AccessList, list);
            Posix.SetAttribute(folder["a"], "user.note", "更新"u8.ToArray());
            Posix.SetAttribute(folder.Path, "system.posix_acl_default", list);
        }
        catch (IOException)
        {
            Assert.Skip("The file system of the temporary folder has no access lists or attributes.");
        }
        foreach (var name in (string[])["a", "plain"])
        {
            var (before, mode) = (Posix.Attributes(folder[name]), File.GetUnixFileMode(folder[name]));
            Assert.Equal(name == "a", before.ContainsKey(Posix.AccessList));
            await using var sink = new TextFileSink(folder[name], new WholeFile());
            await sink.Store(await sink.Check(default), new Secret("new"), default);
            Assert.Equal("new\n", await File.ReadAllTextAsync(folder[name]));
            Assert.Equal(mode, File.GetUnixFileMode(folder[name]));
            var after = Posix.Attributes(folder[name]);
            Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
            Assert.All(before, attribute => Assert.Equal(attribute.Value, after[attribute.Key]));
        }

        static byte[] Entry(short tag, short rights, int user) => [.. BitConverter.GetBytes(tag), .. BitConverter.GetBytes(rights), .. BitConverter.GetBytes(user)];
    }

    [Fact]
    public async Task A_pipe_or_a_folder_is_refused_and_not_waited_for()
    {
        System.Diagnostics.Process.Start("mkfifo", [folder["pipe"]]).WaitForExit();
        System.IO.Directory.CreateDirectory(folder["folder"]);
        foreach (var (name, why) in new[] { ("pipe", "is no regular file"), ("folder", "is a folder") })
        {
            await using var sink = new TextFileSink(folder[name], new EnvEditor("TOKEN"));
            var failure = await Assert.ThrowsAsync<CliFailure>(() => Eventually.InTime(Task.Run(() => sink.Check(default))));
            Assert.Equal((ExitCode.WrongUsage, $"{folder[name]} {why}: name the file that holds the token."), (failure.Code, failure.Message));
        }
        await using var gitlab = await FakeGitLab.Start();
        string[] command = ["renew", "exastro", "--gitlab", gitlab.Address, "--root", "--env", folder["pipe"], "--dry-run"];
        Assert.Contains("is no regular file", (await CliInProcess.Run(command, folder.Path, $"GITLAB_TOKEN={FakeGitLab.Administrator}")).Line(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_none_reaches_no_file()
    {
        await File.WriteAllTextAsync(folder["a"], "old\n");
        await using var sink = new TextFileSink(folder["a"], new WholeFile());
        await Assert.ThrowsAsync<CliFailure>(() => sink.Store(new Secret("old"), new Secret("a b\nc"), default));
        Assert.Equal("old\n", await File.ReadAllTextAsync(folder["a"]));
    }

    [Theory]
    [InlineData("old", "new"), InlineData("old\n", "new\n"), InlineData("old\r\n", "new\r\n"), InlineData("\ufeffold\n", "\ufeffnew\n"), InlineData("", "new")]
    public async Task A_file_of_one_token_keeps_its_end_of_line(string before, string after)
    {
        await File.WriteAllBytesAsync(folder["a"], Encoding.UTF8.GetBytes(before));
        await using var sink = new TextFileSink(folder["a"], new WholeFile());
        await sink.Store(await sink.Check(default), new Secret("new"), default);
        Assert.Equal(after, Encoding.UTF8.GetString(await File.ReadAllBytesAsync(folder["a"])));
    }

    public void Dispose() => folder.Dispose();
}
