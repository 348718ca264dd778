using System.Text;
using CsCheck;
using Patrol.Cli.Logs;

namespace Patrol.Tests.Logs;

/// <summary>What is read out of logs, whatever state they are in.</summary>
public sealed class LogScanTests
{
    [Fact]
    public async Task Every_shape_that_GitLab_writes_is_understood()
    {
        var scan = await LogText.Scan(string.Join('\n', LogText.Expired, LogText.Revoked, LogText.SmallScope, LogText.GraphQl, LogText.Git, LogText.Good));
        Assert.Equal(
        [
            "6 lines, 0 bad, 1 unnamed",
            "token_expired PersonalAccessToken/12 2 2024-06-03T07:15:42.1180000+00:00 2025-02-01T08:00:00.0000000+00:00 192.0.2.9,203.0.113.7 /api/graphql,/api/v4/user Go-http-client/1.1,curl/8.5.0 api read_api",
            "token_revoked PersonalAccessToken/31 1 2026-10-02T01:00:05.9020000+00:00 2026-10-02T01:00:05.9020000+00:00 198.51.100.20 /api/v4/projects/7/access_tokens/31/rotate python-requests/2.32.3 ",
            "insufficient_scope PersonalAccessToken/55 1 2025-01-14T12:00:00.0010000+00:00 2025-01-14T12:00:00.0010000+00:00 192.0.2.44 /api/v4/groups glab api read_api",
        ], LogText.Words(scan));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(403)]
    [InlineData(404)]
    public async Task A_failure_counts_whatever_the_status(int status)
    {
        var scan = await LogText.Scan(LogText.Expired.Replace("\"status\":401", $"\"status\":{status}", StringComparison.Ordinal));
        Assert.Equal(1, Assert.Single(scan.Tokens.Ordered()).Count);
    }

    [Fact]
    public async Task A_request_that_stands_in_several_lines_and_files_counts_once()
    {
        var (scan, _) = await LogText.Scan(LogText.Bytes($"{LogText.Expired}\n{LogText.Expired}\n"), LogText.Bytes($"{LogText.Expired}\n{LogText.GraphQl}\n"));
        Assert.Equal(2, Assert.Single(scan.Tokens.Ordered()).Count);
        Assert.Equal((4, 2), (scan.Lines, scan.Tokens.Requests));
    }

    [Fact]
    public async Task Lines_without_a_correlation_id_count_each()
    {
        var line = LogText.Expired.Replace("correlation_id", "other_id", StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single((await LogText.Scan($"{line}\n{line}")).Tokens.Ordered()).Count);
    }

    [Fact]
    public async Task In_Helms_mixed_output_the_two_logs_count_and_the_others_do_not()
    {
        string Helm(string component, string id) =>
            LogText.Expired.Replace("{\"time\"", $"{{\"component\":\"gitlab\",\"subcomponent\":\"{component}\",\"time\"", StringComparison.Ordinal)
                .Replace("01HZEXAMPLE", id, StringComparison.Ordinal);
        var scan = await LogText.Scan(string.Join('\n', Helm("api_json", "a"), Helm("production_json", "b"), Helm("graphql_json", "a"), Helm("application_json", "c"), "Puma starting in cluster mode..."));
        Assert.Equal(2, Assert.Single(scan.Tokens.Ordered()).Count);
        Assert.Equal((5, 1), (scan.Lines, scan.BadLines));
    }

    [Theory]
    [InlineData("[pod/gitlab-webservice-default-7c9b/webservice] ")]
    [InlineData("2026-11-24T06:30:00.001002003Z ")]
    [InlineData("2026-11-24T06:30:00.001002003Z stdout F ")]
    [InlineData("[pod/gitlab-webservice-default-7c9b/webservice] 2026-11-24T06:30:00.001002003Z ")]
    public async Task What_Kubernetes_writes_before_a_line_is_passed_over(string prefix)
    {
        var scan = await LogText.Scan($"{prefix}{LogText.Expired}\n{prefix}Puma starting in cluster mode...\n{prefix}{LogText.Good}\n");
        Assert.Equal("PersonalAccessToken/12", Assert.Single(scan.Tokens.Ordered()).Key.Token);
        Assert.Equal((3, 1), (scan.Lines, scan.BadLines));
    }

    [Fact]
    public async Task Tokens_of_other_types_and_without_an_id_are_told_apart()
    {
        string Line(string token) => $$"""{"meta.auth_fail_reason":"token_expired",{{token}}"x":1}""";
        var scan = await LogText.Scan(string.Join('\n',
            Line("\"meta.auth_fail_token_id\":\"OauthAccessToken/7\","), Line("\"meta.auth_fail_token_id\":\"PersonalAccessToken/7\","), Line("\"meta.auth_fail_token_id\":7,"),
            Line("\"meta.auth_fail_token_type\":\"CiJobToken\","), Line("")));
        Assert.Equal(["unknown", "CiJobToken", "7", "OauthAccessToken/7", "PersonalAccessToken/7"], scan.Tokens.Ordered().Select(token => token.Key.Token));
        Assert.Equal([null, null, 7L, null, 7L], scan.Tokens.Ordered().Select(token => token.Key.PersonalId));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\r\n  \n\0\0\0\n", 0)]
    [InlineData("half a line\"}", 1)]
    [InlineData("""{"time":"2024-06-03T07:15:42.118Z","sta{"time":"2024-06-03T07:15:42.118Z","meta.auth_fail_reason":"token_expired"}""", 1)]
    [InlineData("""{"meta.auth_fail_reason":"token_expired"} {"meta.auth_fail_reason":"token_expired"}""", 1)]
    [InlineData("""["meta.auth_fail_reason"]""", 1)]
    [InlineData("null\n1\n\"text\"\n{,}\n{\u0001}\n<html>", 6)]
    public async Task Bad_lines_are_counted_and_tell_nothing(string text, int bad = 0)
    {
        var scan = await LogText.Scan($"{LogText.Good}\n{text}\n{LogText.GraphQl}");
        Assert.Equal(bad, scan.BadLines);
        Assert.Equal(2 + bad, scan.Lines);
        Assert.Equal("PersonalAccessToken/12", Assert.Single(scan.Tokens.Ordered()).Key.Token);
    }

    [Fact]
    public async Task Values_that_are_no_text_or_broken_text_do_not_hide_the_failure()
    {
        var scan = await LogText.Scan("""{"meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken\/12","ua":"\ud800","path":{"a":["b"]},"time":"yesterday","remote_ip":null,"correlation_id":5}""");
        var token = Assert.Single(scan.Tokens.Ordered());
        Assert.Equal(("PersonalAccessToken/12", 1L, (DateTimeOffset?)null), (token.Key.Token, token.Count, token.FirstSeen));
        Assert.Equal([@"\ud800"], token.Clients.Texts());
        Assert.Empty(token.Paths.Texts());
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_become_replacement_characters()
    {
        var line = Encoding.UTF8.GetBytes(LogText.Expired);
        line[LogText.Expired.IndexOf("curl", StringComparison.Ordinal)] = 0xff;
        var (scan, _) = await LogText.Scan(new MemoryStream(line));
        Assert.Equal(["\ufffdurl/8.5.0"], Assert.Single(scan.Tokens.Ordered()).Clients.Texts());
    }

    [Fact]
    public async Task NULs_where_a_file_was_emptied_under_its_writer_are_passed_over_however_many()
    {
        using var nuls = new MemoryStream();
        nuls.SetLength(3 * LogBlock.LongestLine);
        nuls.Position = nuls.Length;
        nuls.Write(Encoding.UTF8.GetBytes($"{LogText.Expired}\n\0\0\0{LogText.GraphQl}\n\0\0"));
        nuls.Position = 0;
        var (scan, _) = await LogText.Scan(nuls);
        Assert.Equal((2, 0, 2), (scan.Lines, scan.BadLines, scan.Tokens.Requests));
    }

    [Theory]
    [InlineData(LogBlock.LongestLine - 2000, 0)]
    [InlineData(LogBlock.LongestLine, 1)]
    [InlineData(5 * LogBlock.LongestLine, 1)]
    public async Task A_line_is_read_up_to_a_length_and_counted_as_bad_beyond(int length, int bad)
    {
        var line = LogText.Expired.Replace("curl", new string('x', length), StringComparison.Ordinal);
        foreach (var end in (string[])["", "\n"])
        {
            var (scan, _) = await LogText.Scan(LogText.Bytes($"{LogText.GraphQl}\n{line}\n{LogText.Revoked}{end}"), LogText.Bytes($"{line}{end}"), LogText.Bytes(LogText.SmallScope));
            Assert.Equal((2 * bad, 5), (scan.BadLines, scan.Lines));
            Assert.Equal(bad > 0 ? 1 : 2, scan.Tokens.Ordered().Single(token => token.Key.Id == 12).Count);
            Assert.Equal([12L, 31, 55], scan.Tokens.Ordered().Select(token => token.Key.Id!.Value).Order());
        }
    }

    [Fact]
    public async Task More_different_values_than_are_kept_are_said_to_be_more()
    {
        var lines = Enumerable.Range(0, 500).Select(number => $$"""{"meta.auth_fail_reason":"token_expired","meta.auth_fail_token_id":"PersonalAccessToken/1","ua":"client {{number % 300}}","path":"/a"}""");
        var token = Assert.Single((await LogText.Scan(string.Join('\n', lines))).Tokens.Ordered());
        Assert.Equal((500, ValueTally.Most, true, false), (token.Count, token.Clients.Texts().Count, token.Clients.IsCut, token.Paths.IsCut));
    }
}
