using System.Net;
using System.Net.Sockets;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Start;

/// <summary>A wrong setting stops the start with one clear line that names it, and exit code 2.</summary>
public sealed class WrongSettingsTests
{
    private const string FreePort = "--urls=http://127.0.0.1:0";

    [Theory]
    [InlineData("--urls", "--urls=nonsense")]
    [InlineData("--urls", "--urls=ftp://127.0.0.1:1")]
    [InlineData("--urls", "--urls=http://127.0.0.1:99999")]
    [InlineData("--urls", "--urls=http://192.0.2.1:7280")]
    [InlineData("--colour", "--colour=red")]
    [InlineData("start", "start")]
    [InlineData("--data", FreePort, "--data")]
    [InlineData("--data", FreePort, "--data=/proc/nothing-can-be-made-here")]
    [InlineData("--database", FreePort, "--database=postgres://postgres:hidden-word@127.0.0.1:1/none")]
    [InlineData("DATABASE", FreePort, "--database=postgres://127.0.0.1:hidden-word")]
    [InlineData("DATABASE", FreePort, "--database=Hots=127.0.0.1;Password=hidden-word")]
    [InlineData("DATABASE", FreePort, "--database=Database=x;Password=hidden-word")]
    [InlineData("--secret-file", FreePort, "--secret-file=/proc/nothing-can-be-made-here")]
    [InlineData("--secret-file", FreePort, "--secret-file=/etc/hostname")]
    [InlineData("PUBLIC_URL", FreePort, "--public-url=patrol.example.com")]
    [InlineData("SMTP", FreePort, "--smtp=mail.example.com")]
    [InlineData("SMTP", FreePort, "--smtp=http://user:hidden-word@127.0.0.1")]
    [InlineData("SMTP", FreePort, "--smtp=smtp://user:hidden-word@127.0.0.1:port")]
    [InlineData("Patrol:MailFrom", FreePort, "--Patrol:MailFrom=nobody")]
    [InlineData("Patrol:WarningDays", FreePort, "--Patrol:WarningDays=7,seven")]
    [InlineData("Patrol:Ban:MaximumFailures", FreePort, "--Patrol:Ban:MaximumFailures=abc")]
    [InlineData("Patrol:Ban:MaximumFailures", FreePort, "--Patrol:Ban:MaximumFailures=0")]
    [InlineData("Patrol:Ban:Enabled", FreePort, "--Patrol:Ban:Enabled=perhaps")]
    [InlineData("atlassian.pats.pruning.schedule.cron", FreePort, "-Datlassian.pats.pruning.schedule.cron=0 0 * * *")]
    [InlineData("atlassian.pats.pruning.schedule.cron", FreePort, "-Datlassian.pats.pruning.schedule.cron=")]
    [InlineData("atlassian.pats.expiry.check.schedule.cron", FreePort, "-Datlassian.pats.expiry.check.schedule.cron=''")]
    [InlineData("atlassian.pats.expiry.check.schedule.cron", FreePort, "--Patrol:atlassian.pats.expiry.check.schedule.cron=hourly")]
    [InlineData("atlassian.pats.enabled", FreePort, "-Datlassian.pats.enabled")]
    [InlineData("atlassian.pats.max.tokens.per.user", FreePort, "-Datlassian.pats.max.tokens.per.user=ten")]
    [InlineData("atlassian.pats.colour", FreePort, "-Datlassian.pats.colour=red")]
    [InlineData("Patrol:Bnn:Enabled", FreePort, "--Patrol:Bnn:Enabled=false")]
    [InlineData("Patrol:RootToken", FreePort, "--Patrol:RootToken=hidden-word-of-twenty-characters")]
    [InlineData("user.timezone", FreePort, "-Duser.timezone=UTC")]
    public async Task A_wrong_option_is_named_in_one_line(string named, params string[] options)
    {
        using var folder = new TemporaryFolder();
        await AssertRefused(folder, named, options);
    }

    [Theory]
    [InlineData("PATROL_ROOT_TOKEN", "PATROL_ROOT_TOKEN=nineteen-characters")]
    [InlineData("DATABASE", "PATROL_DATABASE=postgres://x")]
    [InlineData("PUBLIC_URL", "PATROL_PUBLIC_URL=ldap://patrol.example.com")]
    public async Task A_wrong_environment_is_named_in_one_line(string named, string variable)
    {
        using var folder = new TemporaryFolder();
        await AssertRefused(folder, named, [FreePort], variable);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named()
    {
        using var folder = new TemporaryFolder();
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await AssertRefused(folder, "--urls", [$"--urls=http://127.0.0.1:{((IPEndPoint)taken.LocalEndpoint).Port}"]);
    }

    [Fact]
    public async Task A_settings_file_that_is_no_JSON_is_named()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], """{"Patrol": """);
        await AssertRefused(folder, "appsettings.json", [FreePort]);
    }

    [Fact]
    public async Task A_property_in_a_settings_file_that_is_wrong_is_named()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], """{"Patrol": {"atlassian.pats.pruning.schedule.cron": ""}}""");
        await AssertRefused(folder, "atlassian.pats.pruning.schedule.cron", [FreePort]);
    }

    [Fact]
    public async Task A_setting_in_a_file_that_there_is_not_is_named()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], """{"Patrol": {"Databse": "postgres://u:hidden-word@127.0.0.1/p"}}""");
        await AssertRefused(folder, "Patrol:Databse", [FreePort]);
    }

    [Fact]
    public async Task A_file_may_hold_the_first_administrators_token()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["appsettings.json"], """{"Patrol": {"RootToken": "root-token-out-of-a-file"}}""");
        await using var server = await ServerProcess.Start(folder.Path);
        Assert.Equal(200, (await server.Client("root-token-out-of-a-file").Get("user")).Status);
    }

    [Fact]
    public async Task A_second_server_on_the_same_data_folder_is_refused_and_the_first_goes_on()
    {
        using var folder = new TemporaryFolder();
        await using var first = await ServerProcess.Start(folder.Path, null, "PATROL_ROOT_TOKEN=root-token-of-the-first-server");
        await AssertRefused(folder, "--data", [FreePort]);
        Assert.Equal(200, (await first.Client("root-token-of-the-first-server").Get("version")).Status);
    }

    [Fact]
    public async Task A_secret_that_does_not_fit_the_database_is_refused()
    {
        using var folder = new TemporaryFolder();
        await using (var first = await ServerProcess.Start(folder.Path))
            Assert.Equal(0, await first.Stop());
        await AssertRefused(folder, "--secret-file", [FreePort, "--secret-file=another-secret"]);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        using var folder = new TemporaryFolder();
        System.IO.Directory.CreateDirectory(folder["patrol-data"]);
        await File.WriteAllTextAsync(folder["patrol-data/patrol.db"], new string('x', 10_000));
        await AssertRefused(folder, "--database", [FreePort]);
    }

    private static async Task AssertRefused(TemporaryFolder folder, string named, string[] options, params string[] environment)
    {
        var (code, output, errors) = await ServerProcess.Run(folder.Path, options, environment);
        Assert.True(code == 2, $"Exit code {code}\n{output}\n{errors}");
        var line = Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("patrol-server: ", line, StringComparison.Ordinal);
        Assert.Contains(named, line, StringComparison.Ordinal);
        Assert.Empty(output);
        Assert.DoesNotContain("hidden-word", line, StringComparison.Ordinal);
        Assert.DoesNotContain("nineteen-characters", line, StringComparison.Ordinal);
    }
}
