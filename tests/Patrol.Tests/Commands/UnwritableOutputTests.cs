using System.Text.RegularExpressions;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>Standard output and error that take nothing: a full disk, a reader that has gone, a descriptor that the shell closed.</summary>
public sealed partial class UnwritableOutputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public UnwritableOutputTests() => File.WriteAllText(folder["secrets.json"], Rows.GitLabSecrets);

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("> /dev/full", "No space left on device")]
    [InlineData(">&5", "nobody reads standard output")]
    [InlineData(">&-", "Standard output is closed")]
    public async Task A_new_token_whose_text_is_lost_is_named_with_the_ways_to_end_it(string redirection, string why)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var system = $"--yes --gitlab-secrets secrets.json --gitlab-db {CliProcess.Address(database.ConnectionString)}";
        // A pipe that had a reader once.
        const string unread = "mkfifo pipe; exec 4<>pipe 5>pipe 4<&-;";
        foreach (var (command, did) in new[] { ("create --user jane --name lost --scope api", "Created token"), ("rotate 1", "Rotated; the successor is token") })
        {
            var run = await CliProcess.Shell(folder.Path, $"{unread} patrol {command} --undo-file {command[..6]}.undo {system} {redirection}; code=$?; rm pipe; exit $code");
            Assert.Equal(1, run.ExitCode);
            var id = (await database.Column("SELECT max(id) FROM personal_access_tokens")).Single();
            Assert.Equal(
                $"{did} {id} of jane, but its text could not be written ({why}) and is lost. To revoke it: patrol revoke {id}\nTo take it back: patrol undo {folder[$"{command[..6]}.undo"]}\n",
                run.Errors.Replace("/private", "", StringComparison.Ordinal));
        }
        // The undo file brings the old token of the rotation back.
        _ = (await CliProcess.Shell(folder.Path, $"patrol undo rotate.undo {system.Replace("--gitlab-secrets secrets.json", "", StringComparison.Ordinal)}")).Good;
        Assert.Equal(["false"], await database.Column("SELECT COALESCE(revoked, FALSE) FROM personal_access_tokens WHERE id = 1"));
    }

    [Theory]
    [InlineData("--help > /dev/full", 1)]
    [InlineData("--version > /dev/full", 1)]
    [InlineData("find --help >&-", 1)]
    [InlineData("bogus 2> /dev/full", 2)]
    [InlineData("bogus 2>&-", 2)]
    [InlineData("analyze --gitlab-db DATABASE > /dev/full", 1)]
    [InlineData("analyze --gitlab-db DATABASE >&-", 1)]
    [InlineData("--help >&5", 0)]
    public async Task Whatever_cannot_be_written_ends_in_at_most_one_line_and_the_usual_code(string command, int exitCode)
    {
        var database = await GitLabDatabase.New(Generation.V17_11);
        var run = await CliProcess.Shell(folder.Path, $"mkfifo pipe; exec 4<>pipe 5>pipe 4<&-; patrol {command.Replace("DATABASE", CliProcess.Address(database.ConnectionString), StringComparison.Ordinal)}");
        Assert.True(run.ExitCode == exitCode, $"{run.ExitCode}: {run.Errors}");
        Assert.Matches(OneLine(), run.Errors);
    }

    [GeneratedRegex(@"^([^\n]*\n)?$")]
    private static partial Regex OneLine();
}
