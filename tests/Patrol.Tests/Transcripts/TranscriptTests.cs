using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Transcripts;

/// <summary>
/// Sessions on a GitLab database as approved files: the commands of each are run again, and what they print must be what stands there.
/// Days are written as days from today (<c>{+30}</c>), standard error behind <c>2> </c>, exit codes other than 0 on a line of their own.
/// To approve what is printed now, run with PATROL_APPROVE=1 and read the difference.
/// </summary>
public sealed partial class TranscriptTests
{
    private const string Folder = "tests/Patrol.Tests/Transcripts";
    private const int FarDay = 800;

    [Theory]
    [InlineData("extend-and-undo")]
    [InlineData("revoke")]
    [InlineData("create-rotate-show")]
    [InlineData("refusals")]
    public async Task A_session_goes_as_approved(string name)
    {
        var database = await GitLabDatabase.New(Generation.V18_6);
        using var folder = new TemporaryFolder();
        System.IO.Directory.CreateDirectory(folder[".config/patrol"]);
        await File.WriteAllTextAsync(folder["gitlab-secrets.json"], Rows.GitLabSecrets);
        await File.WriteAllTextAsync(folder[".config/patrol/config.yaml"],
            $"""
            profiles:
              prod:
                gitlab-db: {CliProcess.Address(database.ConnectionString)}
                gitlab-secrets: {folder["gitlab-secrets.json"]}
              readonly:
                gitlab-db: {CliProcess.Address(database.Reader)}
            """);
        var approved = Repository.Read($"{Folder}/{name}.txt");
        var session = new StringBuilder();
        foreach (var line in approved.Split('\n').Where(line => line.StartsWith('#') || line.StartsWith("$ ", StringComparison.Ordinal)))
        {
            session.Append(line).Append('\n');
            if (line.StartsWith('#'))
                continue;
            var (command, input) = line["$ ".Length..].Split(" <<< ") is [var before, var text] ? (before, $"{text}\n") : (line["$ ".Length..], "");
            var words = Words().Matches(Placeholder().Replace(command, day => database.Day(int.Parse(day.Groups["days"].Value, CultureInfo.InvariantCulture))))
                .Select(word => word.Value.Trim('\'')).ToList();
            Assert.Equal("patrol", words[0]);
            var run = await CliProcess.Run(folder.Path, words[1..], input);
            session.Append(Plain(run.Output, database, folder));
            foreach (var told in Plain(run.Errors, database, folder).Split('\n', StringSplitOptions.RemoveEmptyEntries))
                session.Append($"2> {told}\n");
            if (run.ExitCode != 0)
                session.Append($"exit {run.ExitCode}\n");
            session.Append('\n');
        }
        if (Environment.GetEnvironmentVariable("PATROL_APPROVE") is "1")
            await File.WriteAllTextAsync(Path.Combine(Repository.Root, Folder, $"{name}.txt"), session.ToString());
        Assert.Equal(approved, session.ToString());
    }

    // What differs from run to run: days, the folder, the database's name, new tokens' texts.
    private static string Plain(string text, GitLabDatabase database, TemporaryFolder folder)
    {
        text = text.Replace($"{folder.Path}/", "", StringComparison.Ordinal)
            .Replace(new NpgsqlConnectionStringBuilder(database.ConnectionString).Database!, "gitlabhq_production", StringComparison.Ordinal);
        text = NewText().Replace(text, "glpat-{text}");
        return Day().Replace(text, match => DateOnly.TryParseExact(match.Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
            && Math.Abs(day.DayNumber - database.Today.DayNumber) is < FarDay ? $"{{{day.DayNumber - database.Today.DayNumber:+0;-0;+0}}}" : match.Value);
    }

    [GeneratedRegex(@"\{(?<days>[+-]\d+)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Placeholder();

    [GeneratedRegex("""'[^']*'|\S+""")]
    private static partial Regex Words();

    [GeneratedRegex(@"glpat-[0-9A-Za-z_-]{27,300}\.01\.[0-9a-z]{9}")]
    private static partial Regex NewText();

    // Not the example in messages about what is no day.
    [GeneratedRegex(@"(?<!such as )\d{4}-\d{2}-\d{2}")]
    private static partial Regex Day();
}
