using System.Text.Json;
using System.Text.RegularExpressions;
using Patrol.Tests.Kit;
using Patrol.Tests.Kit.GitLab;

namespace Patrol.Tests.Commands;

/// <summary>Names that would repaint a terminal, fake further lines or run in a spreadsheet do nothing of the kind, in no format.</summary>
public sealed partial class HostileNamesTests
{
    private const string Hostile = "\u001b]0;owned\u0007\u001b[2J\r\nFake line\u202e=cmd|' /C calc'!A0\u009b31m";

    private static readonly string[] Formulas = ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1"];

    [Theory, ClassData(typeof(Generations))]
    public async Task Out_of_the_database(Generation generation)
    {
        var database = await GitLabDatabase.New(generation);
        var names = await database.Column($"SELECT name FROM personal_access_tokens WHERE id BETWEEN {Rows.NastyFirst} AND {Rows.NastyLast} ORDER BY id");
        await Check(format => CliProcess.On(database, "find", "--expires-on", database.Day(Rows.NastyEndIn), "--format", format), names!);
    }

    [Fact]
    public async Task Out_of_an_api()
    {
        string[] names = [Hostile, .. Formulas];
        await using var api = await ScriptedApi.Start(request => request.Path switch
        {
            "/api/v4/personal_access_tokens/self" => new(200, Token(1, "mine", [])),
            "/api/v4/user" => new(200, JsonSerializer.Serialize(new { id = 1, username = "root", is_admin = true })),
            "/api/v4/personal_access_tokens" => new(200, $"[{string.Join(',', names.Select((name, i) => Token(i + 1, name, [name])))}]"),
            "/api/v4/users/7" => new(200, JsonSerializer.Serialize(new { id = 7, username = $"project_3_bot{Hostile}", email = $"={Hostile}", bot = true })),
            "/api/v4/projects/3" => new(200, JsonSerializer.Serialize(new { id = 3, path_with_namespace = Hostile })),
            _ => new(200, "[]"),
        });
        using var folder = new TemporaryFolder();
        await Check(format => CliProcess.Run(folder.Path, ["find", "--no-expiry", "--format", format, "--gitlab", api.Address], "", "GITLAB_TOKEN=x"), names);
    }

    [Fact]
    public async Task Out_of_a_refusal()
    {
        await using var api = await ScriptedApi.Start(_ => new(401, JsonSerializer.Serialize(new { message = Hostile })));
        using var folder = new TemporaryFolder();
        var line = (await CliProcess.Run(folder.Path, ["analyze", "--gitlab", api.Address], "", "GITLAB_TOKEN=x")).Line(4);
        Assert.DoesNotMatch(Dangerous(), line);
        Assert.Contains("owned", line, StringComparison.Ordinal);
    }

    private static string Token(int id, string name, string[] scopes) => JsonSerializer.Serialize(
        new { id, name, user_id = 7, scopes, revoked = false, created_at = "2026-01-01T00:00:00.000Z", expires_at = (string?)null });

    private static async Task Check(Func<string, Task<CliRun>> run, IReadOnlyList<string> names)
    {
        foreach (var format in (string[])["table", "lines", "csv", "json"])
        {
            var output = (await run(format)).Good;
            Assert.DoesNotMatch(Dangerous(), output);
            var lines = output.TrimEnd('\n').Split('\n');
            if (format == "json")
            {
                // Nothing is lost: a program that reads it gets the very name.
                Assert.Equal(names, JsonDocument.Parse(output).RootElement.EnumerateArray().Select(one => one.GetProperty("name").GetString()));
            }
            else if (format == "csv")
            {
                Assert.Equal(names.Count + 1, lines.Length);
                Assert.All(lines, line => Assert.DoesNotMatch(Formula(), line));
            }
            else if (format == "lines")
            {
                Assert.Equal(names.Count, lines.Length);
            }
        }
    }

    [GeneratedRegex(@"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]")]
    private static partial Regex Dangerous();

    [GeneratedRegex("(^|,)\"?\\s*[=+@＝＋＠-]")]
    private static partial Regex Formula();
}
