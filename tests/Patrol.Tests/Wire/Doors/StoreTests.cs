using System.Diagnostics;
using System.Globalization;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.Doors;

/// <summary>The recipes for what else GitLab puts behind Basic: Terraform's states, and packages.</summary>
public sealed class StoreTests
{
    private static readonly string Rules = Path.Combine(Repository.Root, "docs/doors/doors.yaml");

    [Fact]
    public async Task A_Terraform_state_is_read_by_developers_and_written_and_locked_by_maintainers()
    {
        Recipe.Needs("nginx", "fcgiwrap", "curl");
        using var folder = new TemporaryFolder();
        await using var app = await PatrolApp.Start($"--doors={Rules}");
        await using var cgi = await Recipe.FcgiWrap(folder);
        var port = Recipe.FreePort();
        await using var nginx = await Recipe.Nginx(folder, port, Recipe.Text(
            "nginx/terraform.conf", ("127.0.0.1:7280", $"127.0.0.1:{app.Address.Port}"), ("127.0.0.1:8082", $"127.0.0.1:{port}"), ("/srv/terraform", folder["states"]),
            ("/usr/local/lib/patrol/terraform-state", Path.Combine(Repository.Root, "docs/doors/nginx/terraform-state")), ("unix:/run/fcgiwrap.socket", $"unix:{folder["fcgiwrap.socket"]}")));
        var project = await app.AddProject(await app.AddGroup("infra"), "network");
        var (reporter, developer, maintainer) = (await Token(app, 20), await Token(app, 30), await Token(app, 40));
        foreach (var id in (string[])[project.ToString(), "infra/network"])
        {
            var state = new Uri($"http://127.0.0.1:{port}/api/v4/projects/{id}/terraform/state/prod");
            const string mine = """{"ID":"lock-of-mine","Operation":"OperationTypeApply","Who":"me"}""";
            const string theirs = """{"ID":"lock-of-others","Operation":"OperationTypePlan","Who":"they"}""";
            Assert.Equal((204, ""), await Ask("GET", "", developer));
            Assert.Equal((403, 401, 401), ((await Ask("GET", "", reporter)).Status, (await Ask("GET", "", null)).Status, (await Ask("GET", "", "a-token-nobody-ever-made")).Status));
            Assert.Equal((403, 403), ((await Ask("LOCK", "", developer, mine)).Status, (await Ask("POST", "", developer, "{}")).Status));
            Assert.Equal(200, (await Ask("LOCK", "", maintainer, mine)).Status);
            Assert.Equal((423, mine), await Ask("LOCK", "", maintainer, theirs));
            Assert.Equal((423, mine), await Ask("POST", "?ID=lock-of-others", maintainer, """{"version":4,"serial":1}"""));
            Assert.Equal((423, mine), await Ask("POST", "", maintainer, """{"version":4,"serial":1}"""));
            Assert.Equal(200, (await Ask("POST", "?ID=lock-of-mine", maintainer, """{"version":4,"serial":2}""")).Status);
            Assert.Equal((409, mine), await Ask("UNLOCK", "", maintainer, theirs));
            Assert.Equal((200, """{"version":4,"serial":2}"""), await Ask("GET", "", developer));
            Assert.Equal(200, (await Ask("UNLOCK", "", maintainer, mine)).Status);
            Assert.Equal(200, (await Ask("LOCK", "", maintainer, theirs)).Status);
            Assert.Equal(200, (await Ask("UNLOCK", "", maintainer)).Status);
            Assert.Equal(200, (await Ask("DELETE", "", maintainer)).Status);
            Assert.Equal((204, ""), await Ask("GET", "", maintainer));

            Task<(int Status, string Body)> Ask(string method, string query, string? token, string? body = null) =>
                StoreTests.Ask(new HttpMethod(method), new Uri(state + query), token, body);
        }
        await app.Stop();
        Assert.Equal(503, (await Ask(HttpMethod.Get, new Uri($"http://127.0.0.1:{port}/api/v4/projects/{project}/terraform/state/prod"), maintainer)).Status);

        async Task<string> Token(PatrolApp patrol, int level)
        {
            var user = await patrol.AddUser();
            await patrol.AddMember($"projects/{project}", user, level);
            return await patrol.AddToken(user, "api");
        }
    }

    [Fact]
    public async Task Packages_are_taken_by_reporters_and_put_by_developers()
    {
        Recipe.Needs("nginx", "curl");
        using var folder = new TemporaryFolder();
        await using var app = await PatrolApp.Start($"--doors={Rules}");
        var port = Recipe.FreePort();
        Directory.CreateDirectory(folder["packages"]);
        await using var nginx = await Recipe.Nginx(folder, port, Recipe.Text(
            "nginx/packages.conf", ("127.0.0.1:7280", $"127.0.0.1:{app.Address.Port}"), ("127.0.0.1:8083", $"127.0.0.1:{port}"), ("/srv/packages", folder["packages"])));
        var group = await app.AddGroup("tools", visibility: "public");
        var (hidden, shown) = (await app.AddProject(group, "hidden"), await app.AddProject(group, "shown", "public"));
        var (reporter, developer) = (await app.AddUser(), await app.AddUser());
        foreach (var project in (long[])[hidden, shown])
        {
            await app.AddMember($"projects/{project}", reporter, 20);
            await app.AddMember($"projects/{project}", developer, 30);
        }
        var (reads, writes, narrow) = (await app.AddToken(reporter, "read_api"), await app.AddToken(developer, "api"), await app.AddToken(developer, "read_api"));
        Uri Package(long project) => new($"http://127.0.0.1:{port}/api/v4/projects/{project}/packages/generic/app/1.0/app.tgz");

        foreach (var project in (long[])[hidden, shown])
        {
            Assert.Equal(401, (await Ask(HttpMethod.Put, Package(project), null, "content")).Status);
            Assert.Equal(403, (await Ask(HttpMethod.Put, Package(project), reads, "content")).Status);
            Assert.Equal(403, (await Ask(HttpMethod.Put, Package(project), narrow, "content")).Status);
            Assert.Equal(201, (await Ask(HttpMethod.Put, Package(project), writes, "content")).Status);
            Assert.Equal((200, "content"), await Ask(HttpMethod.Get, Package(project), reads));
        }
        Assert.Equal((401, 200), ((await Ask(HttpMethod.Get, Package(hidden), null)).Status, (await Ask(HttpMethod.Get, Package(shown), null)).Status));
        Assert.Equal(404, (await Ask(HttpMethod.Get, Package(hidden), await app.AddToken(await app.AddUser(), "api"))).Status);
        Assert.Equal(204, (await Ask(HttpMethod.Delete, Package(hidden), writes)).Status);
    }

    private static async Task<(int Status, string Body)> Ask(HttpMethod method, Uri uri, string? token, string? body = null)
    {
        var start = new ProcessStartInfo("curl", ["-q", "-s", "--noproxy", "*", "-K", "-"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardInput = true };
        using var curl = Process.Start(start)!;
        static string Quoted(string text) => $"\"{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
        await curl.StandardInput.WriteAsync($"url = {uri}\nrequest = {method}\nwrite-out = \"\\n%{{http_code}}\"\n");
        if (token is not null)
            await curl.StandardInput.WriteAsync($"user = {Quoted($"terraform:{token}")}\n");
        if (body is not null)
            await curl.StandardInput.WriteAsync($"header = \"Content-Type: application/json\"\ndata-binary = {Quoted(body)}\n");
        curl.StandardInput.Close();
        var output = await Eventually.InTime(curl.StandardOutput.ReadToEndAsync());
        var (content, status) = (output[..output.LastIndexOf('\n')], int.Parse(output[(output.LastIndexOf('\n') + 1)..], CultureInfo.InvariantCulture));
        return (status, status is 200 or 423 or 409 ? content : "");
    }
}
