using System.Text;
using Patrol.Tests.Kit;

namespace Patrol.Tests.Conformance;

/// <summary>The ways in which a token comes with a request.</summary>
public sealed class PresentingTests(SharedApp shared) : IClassFixture<SharedApp>
{
    private const string Nobody = """401 {"message":"401 Unauthorized"}""";

    private PatrolApp App => shared.App;

    private HttpClient Client => App.Client(token: null);

    [Fact]
    public async Task A_token_is_taken_from_each_of_GitLabs_places()
    {
        var token = PatrolApp.RootToken;
        Assert.Equal(200, (await Client.Ask("user", ("PRIVATE-TOKEN", token))).Status);
        Assert.Equal(200, (await Client.Ask("user", ("private-token", token))).Status);
        Assert.Equal(200, (await Client.Ask("user", ("Authorization", $"Bearer {token}"))).Status);
        Assert.Equal(200, (await Client.Ask("user", ("Authorization", $"bearer {token}"))).Status);
        Assert.Equal(200, (await Client.Ask($"user?private_token={token}")).Status);
        Assert.Equal(200, (await Client.Ask($"user?access_token={token}")).Status);
        var form = RawAnswers.Body($"private_token={token}", "application/x-www-form-urlencoded");
        Assert.NotEqual(401, (await Client.Ask(HttpMethod.Post, "users/1/block", form)).Status);
        Assert.NotEqual(401, (await Client.Ask(HttpMethod.Post, "users/1/block", RawAnswers.Body($$"""{"private_token":"{{token}}"}"""))).Status);
    }

    [Fact]
    public async Task The_parameter_wins_over_the_header_and_the_header_over_bearer()
    {
        var first = await App.AddUser();
        var second = await App.AddUser();
        var (one, other) = (await App.AddToken(first), await App.AddToken(second));
        async Task<long> Who(string path, params (string, string)[] headers) => (await Client.Ask(path, headers)).Json.Id();
        Assert.Equal(first, await Who($"user?private_token={one}", ("PRIVATE-TOKEN", other), ("Authorization", $"Bearer {other}")));
        Assert.Equal(first, await Who("user", ("PRIVATE-TOKEN", one), ("Authorization", $"Bearer {other}")));
        Assert.Equal(first, await Who($"user?access_token={other}", ("PRIVATE-TOKEN", one)));
    }

    [Fact]
    public async Task An_empty_place_is_passed_over()
    {
        Assert.Equal(200, (await Client.Ask("user?private_token=", ("PRIVATE-TOKEN", PatrolApp.RootToken))).Status);
        Assert.Equal(200, (await Client.Ask("user", ("PRIVATE-TOKEN", ""), ("Authorization", $"Bearer {PatrolApp.RootToken}"))).Status);
    }

    [Fact]
    public async Task A_wrong_token_in_the_first_place_is_not_saved_by_a_good_one_in_the_next() =>
        Assert.Equal(Nobody, (await Client.Ask("user?private_token=wrong", ("PRIVATE-TOKEN", PatrolApp.RootToken))).ToString());

    [Fact]
    public async Task Basic_opens_no_endpoint()
    {
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes($"root:{PatrolApp.RootToken}"));
        Assert.Equal(Nobody, (await Client.Ask("user", ("Authorization", $"Basic {pair}"))).ToString());
    }

    [Fact]
    public async Task A_text_with_a_job_tokens_prefix_is_no_personal_token()
    {
        const string text = "glcbt-64_looks-like-a-job-token";
        await App.Give(text);
        Assert.Equal(Nobody, (await Client.Ask("user", ("PRIVATE-TOKEN", text))).ToString());
    }

    [Fact]
    public async Task The_case_of_a_tokens_text_matters() =>
        Assert.Equal(Nobody, (await Client.Ask("user", ("PRIVATE-TOKEN", PatrolApp.RootToken.ToUpperInvariant()))).ToString());
}
