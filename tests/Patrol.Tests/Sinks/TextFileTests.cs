using System.Text;
using Patrol.Cli.Failures;
using Patrol.Cli.Sinks;
using Patrol.Core.Tokens;
using Patrol.Tests.Kit;

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
