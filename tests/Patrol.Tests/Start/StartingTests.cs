using Microsoft.Extensions.Configuration;
using Patrol.Server.Start;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Start;

/// <summary>What the first and every other start leaves behind and says.</summary>
[System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
public sealed class StartingTests
{
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;
    private const string RootToken = "root-token-of-the-starting-tests";

    [Fact]
    public void Without_a_word_the_server_listens_on_the_loopback_and_keeps_its_data_here()
    {
        var options = ServerOptions.Read(new ConfigurationBuilder().Build());
        Assert.Equal("http://127.0.0.1:7280", options.Urls);
        Assert.Equal(Path.GetFullPath("patrol-data"), options.DataFolder);
        Assert.Equal(Path.GetFullPath("patrol-data/secret"), options.SecretFile);
        Assert.Null(options.PostgresConnection);
    }

    [Fact]
    public async Task The_first_start_makes_a_private_data_folder_and_says_where_the_password_is_but_not_what_it_is()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.Start(folder.Path);
        var password = (await File.ReadAllTextAsync(folder["patrol-data/initial-root-password"])).Trim();
        Assert.True(password.Length >= 20);
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(folder["patrol-data"]));
        Assert.Equal(OwnerFile, File.GetUnixFileMode(folder["patrol-data/initial-root-password"]));
        Assert.Equal(OwnerFile, File.GetUnixFileMode(folder["patrol-data/secret"]));
        Assert.True(File.Exists(folder["patrol-data/patrol.db"]));
        Assert.Equal(0, await server.Stop());
        Assert.Contains(folder["patrol-data/initial-root-password"], server.Output, StringComparison.Ordinal);
        AssertSilent(server, password, (await File.ReadAllTextAsync(folder["patrol-data/secret"])).Trim());
        Assert.Empty(server.Errors);
    }

    [Theory, ClassData(typeof(Engines))]
    public async Task Where_the_password_cannot_be_written_no_root_is_made_until_it_can(Engine engine)
    {
        using var folder = new TemporaryFolder();
        string[] options = engine == Engine.PostgreSql ? [$"--database={await (await SharedPostgres.Get()).NewDatabase()}"] : [];
        var file = folder["patrol-data/initial-root-password"];
        System.IO.Directory.CreateDirectory(file);
        var (code, output, errors) = await ServerProcess.Run(folder.Path, ["--urls=http://127.0.0.1:0", .. options]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith($"patrol-server: --data: cannot write root's first password to {file}: ", Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
        Assert.DoesNotContain(System.IO.Directory.GetFiles(folder["patrol-data"]), left => left.StartsWith(file, StringComparison.Ordinal));

        System.IO.Directory.Delete(file);
        await using var server = await ServerProcess.Start(folder.Path, options);
        using var browser = new PageClient(server.Address);
        Assert.Equal("/", (await browser.SignIn("root", (await File.ReadAllTextAsync(file)).Trim())).Location);
    }

    [Fact]
    public async Task The_token_and_password_given_at_the_first_start_are_roots_and_are_never_printed()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.Start(folder.Path, null, $"PATROL_ROOT_TOKEN={RootToken}", "PATROL_ROOT_PASSWORD=correct horse battery");
        Assert.Equal(200, (await server.Client(RootToken).Get("version")).Status);
        Assert.False(File.Exists(folder["patrol-data/initial-root-password"]));
        Assert.Equal(0, await server.Stop());
        AssertSilent(server, RootToken, "correct horse battery");
    }

    [Fact]
    public async Task A_second_start_keeps_what_there_is_and_makes_no_second_root()
    {
        using var folder = new TemporaryFolder();
        await using (var first = await ServerProcess.Start(folder.Path, null, $"PATROL_ROOT_TOKEN={RootToken}"))
            await first.Kill();
        var password = await File.ReadAllTextAsync(folder["patrol-data/initial-root-password"]);
        await using var second = await ServerProcess.Start(folder.Path, null, "PATROL_ROOT_TOKEN=another-root-token-comes-too-late");
        Assert.Equal(200, (await second.Client(RootToken).Get("version")).Status);
        Assert.Equal(401, (await second.Client("another-root-token-comes-too-late").Get("version")).Status);
        Assert.Equal(password, await File.ReadAllTextAsync(folder["patrol-data/initial-root-password"]));
        Assert.Equal(0, await second.Stop());
        Assert.DoesNotContain("First start", second.Output, StringComparison.Ordinal);
        Assert.Contains("PATROL_ROOT_TOKEN is ignored", second.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("another-root-token", second.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SIGTERM_ends_the_server_cleanly()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.Start(folder.Path);
        Assert.Equal(0, await server.Stop());
        Assert.Empty(server.Errors);
    }

    [Fact]
    public async Task A_data_folder_that_was_open_to_others_is_closed()
    {
        using var folder = new TemporaryFolder();
        System.IO.Directory.CreateDirectory(folder["patrol-data"], OwnerFolder | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        await using var server = await ServerProcess.Start(folder.Path);
        Assert.Equal(OwnerFolder, File.GetUnixFileMode(folder["patrol-data"]));
    }

    [Fact]
    public async Task An_option_wins_over_the_environment_and_that_over_the_settings_file()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], """{"Patrol":{"Data":"from-file","SecretFile":"secret-from-file","Ban":{"MaximumFailures":5}}}""");
        await using (var server = await ServerProcess.Start(folder.Path))
            Assert.True(File.Exists(folder["from-file/patrol.db"]));
        Assert.True(File.Exists(folder["secret-from-file"]));
        await using (var server = await ServerProcess.Start(folder.Path, null, "PATROL_DATA=from-environment"))
            Assert.True(File.Exists(folder["from-environment/patrol.db"]));
        await using (var server = await ServerProcess.Start(folder.Path, ["--data", "from-option"], "PATROL_DATA=from-nowhere"))
            Assert.True(File.Exists(folder["from-option/patrol.db"]));
        Assert.False(System.IO.Directory.Exists(folder["from-nowhere"]));
    }

    [Fact]
    public async Task The_addresses_may_come_from_the_environment_as_with_every_dotnet_server()
    {
        using var folder = new TemporaryFolder();
        await using var server = await ServerProcess.Start(folder.Path, null, "ASPNETCORE_URLS=http://127.0.0.1:0;http://[::1]:0");
        Assert.Contains("http://127.0.0.1:", server.Output, StringComparison.Ordinal);
        Assert.Contains("http://[::1]:", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_PostgreSQL_address_works_and_its_password_is_never_printed()
    {
        using var folder = new TemporaryFolder();
        var builder = new Npgsql.NpgsqlConnectionStringBuilder(await (await SharedPostgres.Get()).NewDatabase());
        await using var server = await ServerProcess.Start(
            folder.Path, null, $"PATROL_DATABASE=postgres://postgres:s3cr%65t-word@127.0.0.1:{builder.Port}/{builder.Database}", $"PATROL_ROOT_TOKEN={RootToken}");
        Assert.Contains("PostgreSQL", server.Output, StringComparison.Ordinal);
        Assert.Equal(200, (await server.Client(RootToken).Get("version")).Status);
        Assert.False(File.Exists(folder["patrol-data/patrol.db"]));
        Assert.Equal(0, await server.Stop());
        AssertSilent(server, "s3cret-word", "s3cr%65t-word", RootToken);
    }

    [Theory]
    [InlineData("--help", "usage: patrol-server")]
    [InlineData("--version", "patrol-server 0.")]
    public async Task Help_and_version_are_told_without_starting(string option, string words)
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = await ServerProcess.Run(folder.Path, [option]);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Empty(System.IO.Directory.GetFileSystemEntries(folder.Path));
    }

    private static void AssertSilent(ServerProcess server, params string[] secrets)
    {
        foreach (var secret in secrets)
        {
            Assert.DoesNotContain(secret, server.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, server.Errors, StringComparison.Ordinal);
        }
    }
}
