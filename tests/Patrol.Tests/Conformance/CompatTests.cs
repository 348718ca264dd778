using System.Text.Json;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>Keeps docs/compat/gitlab.md true, both ways.</summary>
public sealed class CompatTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private static readonly List<CompatRow> Rows = CompatPage.Read("gitlab.md");

    private PatrolApp App => shared.App;

    [Fact]
    public void Every_endpoint_of_the_server_has_one_row_and_every_row_its_endpoint_unless_it_is_absent()
    {
        var rows = Rows.Where(row => row.Chapter == "Endpoints").ToList();
        var server = App.Endpoints().Select(endpoint => endpoint.ToString().Replace("{", ":", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal)).ToList();
        Assert.Equal([], rows.GroupBy(row => row.Name).Where(same => same.Count() > 1).Select(same => same.Key));
        Assert.Equal(server.Order(StringComparer.Ordinal), rows.Where(row => row.IsThere).Select(row => row.Name).Order(StringComparer.Ordinal));
        Assert.Equal([], rows.Where(row => !row.IsThere).Select(row => row.Name).Intersect(server));
    }

    [Fact]
    public async Task An_absent_endpoint_is_not_found_or_not_allowed()
    {
        var group = await App.AddGroup();
        foreach (var row in Rows.Where(row => row.Chapter == "Endpoints" && !row.IsThere))
        {
            var (method, path) = (row.Name.Split(' ')[0], row.Name.Split(' ')[1].Replace(":id", group.ToString(), StringComparison.Ordinal).TrimStart('/'));
            var answer = await App.Client().Ask(new HttpMethod(method), path);
            Assert.True(answer.Status is 404 or 405 && answer.Body.StartsWith("{\"error\"", StringComparison.Ordinal), $"{row.Name}: {answer}");
        }
    }

    [Fact]
    public void Every_row_says_what_it_is_and_why_if_it_is_not_the_same()
    {
        Assert.All(Rows, row => Assert.Contains(row.State, (string[])["same", "differs", "absent"]));
        Assert.Equal([], Rows.Where(row => row.State != "same" && row.Why.Length == 0).Select(row => $"{row.Section}: {row.Name}"));
    }

    [Fact]
    public async Task The_fields_that_the_server_answers_with_are_those_that_are_listed()
    {
        Assert.Equal([], CompatPage.Compare(Rows, await Entities()));
    }

    /// <summary>Samples of every entity, by the heading of its table.</summary>
    private async Task<Dictionary<string, JsonElement[]>> Entities()
    {
        var (root, user, group) = (App.Client(), await App.AddUser(), await App.AddGroup());
        var project = await App.AddProject(group);
        await App.AddMember($"groups/{group}", user, 50);
        var client = await App.As(user);
        async Task<JsonElement> Get(HttpClient by, string path)
        {
            var (status, body) = await by.Get(path);
            Assert.True(status == 200, $"{path}: {status} {body}");
            return body;
        }

        async Task<JsonElement[]> Token(string path)
        {
            var (status, made) = await root.Post(path, new { name = "compat", scopes = (string[])["api"], expires_at = "2026-12-31" });
            Assert.True(status == 201, $"{path}: {status} {made}");
            var list = path.Contains("/personal", StringComparison.Ordinal) ? "personal_access_tokens" : path;
            return [made, await Get(root, $"{list}/{made.Id()}"), (await Get(root, list))[0]];
        }

        async Task<JsonElement[]> Hook(string path)
        {
            var (status, made) = await root.Post(path, new { url = "https://chat.example.com/hook", resource_access_token_events = true });
            Assert.True(status == 201, $"{path}: {status} {made}");
            return [made, await Get(root, $"{path}/{made.Id()}"), (await Get(root, path))[0]];
        }

        var associations = await Get(client, "personal_access_tokens/self/associations");
        return new Dictionary<string, JsonElement[]>(StringComparer.Ordinal)
        {
            ["Personal access token"] = await Token($"users/{user}/personal_access_tokens"),
            ["Impersonation token"] = await Token($"users/{user}/impersonation_tokens"),
            ["Project or group access token"] = [.. await Token($"projects/{project}/access_tokens"), .. await Token($"groups/{group}/access_tokens")],
            ["Associated group"] = [associations.GetProperty("groups")[0]],
            ["Associated project"] = [associations.GetProperty("projects")[0]],
            ["User in others' lists"] = [(await Get(client, "users"))[0]],
            ["User on their page"] = [await Get(client, "users/1")],
            ["User to themself"] = [await Get(client, "user")],
            ["User to administrators"] = [await Get(root, "user"), await Get(root, $"users/{user}"), (await Get(root, "users"))[0]],
            ["Group in a list"] = [(await Get(root, "groups"))[0]],
            ["Group on its own"] = [await Get(root, $"groups/{group}"), await Get(root, $"groups/{group}?with_projects=false")],
            ["Simple project"] = [(await Get(root, "projects?simple=true"))[0], (await Get(root, $"groups/{group}")).GetProperty("projects")[0]],
            ["Project"] = [await Get(root, $"projects/{project}"), (await Get(root, "projects"))[0]],
            ["Namespace of a project"] = [(await Get(root, $"projects/{project}")).GetProperty("namespace")],
            ["Namespace"] = [(await Get(root, "namespaces"))[0], await Get(root, $"namespaces/{group}")],
            ["Member"] = [(await Get(root, $"groups/{group}/members"))[0], await Get(root, $"groups/{group}/members/{user}")],
            ["Membership"] = [(await Get(root, $"users/{user}/memberships"))[0]],
            ["Webhook"] = [.. await Hook($"projects/{project}/hooks"), .. await Hook($"groups/{group}/hooks"), .. await Hook("hooks")],
            ["Settings"] = [await Get(root, "application/settings")],
            ["Version"] = [await Get(root, "version")],
            ["Metadata"] = [await Get(root, "metadata")],
        };
    }
}
