using Patrol.Tests.Kit;

namespace Patrol.Tests.Wire.GitLab;

/// <summary>What is read out of bodies before any endpoint looks at it.</summary>
public sealed class ParametersTests
{
    [Theory]
    [InlineData("application/x-www-form-urlencoded", "name=%ff%fe&scopes[]=api", 400)]
    [InlineData("application/x-www-form-urlencoded", "name=\xff\xfe&scopes[]=api", 400)]
    [InlineData("application/x-www-form-urlencoded; charset=utf-8", "name=%c3%28&scopes[]=api", 400)]
    [InlineData("application/x-www-form-urlencoded", "name=%25ff&scopes[]=api", 201)]
    [InlineData("application/x-www-form-urlencoded", "name=%e2%9c%93&scopes[]=api", 201)]
    [InlineData("application/x-www-form-urlencoded", "name=a&scopes[0]=api", 400)]
    [InlineData("application/x-www-form-urlencoded", "name=a&scopes[]=api&expires_at[y]=2020-01-01", 400)]
    [InlineData("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\nab\xff\xfecd\r\n--b\r\nContent-Disposition: form-data; name=\"scopes[]\"\r\n\r\napi\r\n--b--\r\n", 400)]
    [InlineData("application/json", "{\"name\":\"\xff\",\"scopes\":[\"api\"]}", 400)]
    public async Task A_body_whose_bytes_are_no_text_is_refused(string type, string body, int status)
    {
        await using var app = await PatrolApp.Start();
        var answer = await RawHttp.Send(
            app.Address,
            $"POST /api/v4/users/1/personal_access_tokens HTTP/1.1\r\nHost: a\r\nConnection: close\r\nPRIVATE-TOKEN: {PatrolApp.RootToken}\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\n\r\n{body}",
            hangUp: false);
        Assert.StartsWith($"HTTP/1.1 {status} ", answer, StringComparison.Ordinal);
    }
}
