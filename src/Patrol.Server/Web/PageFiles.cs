using System.Reflection;
using System.Security.Cryptography;

namespace Patrol.Server.Web;

/// <summary>
/// The stylesheet, the script and the icon: files of the program itself, under addresses that change with their content, so that
/// a browser asks for each once.
/// </summary>
internal static class PageFiles
{
    public static readonly Asset Style = Read("patrol.css", "text/css; charset=utf-8");
    public static readonly Asset Script = Read("patrol.js", "text/javascript; charset=utf-8");
    public static readonly Asset Icon = Read("favicon.svg", "image/svg+xml");

    public static void Map(IEndpointRouteBuilder endpoints)
    {
        foreach (var asset in (Asset[])[Style, Script, Icon])
            endpoints.MapGet(asset.Path, http => Send(http, asset)).ExcludeFromDescription();
        // Where browsers look by themselves, and where Atlassian's API says that everybody's picture is.
        endpoints.MapGet("/favicon.ico", () => Results.Redirect(Icon.Path)).ExcludeFromDescription();
    }

    private static async Task Send(HttpContext http, Asset asset)
    {
        http.Response.ContentType = asset.Type;
        http.Response.ContentLength = asset.Content.Length;
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        await http.Response.Body.WriteAsync(asset.Content);
    }

    private static Asset Read(string name, string type)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"Patrol.Server.Web.Assets.{name}")!;
        var content = new byte[stream.Length];
        stream.ReadExactly(content);
        var mark = Convert.ToHexStringLower(SHA256.HashData(content))[..12];
        return new Asset($"/-/assets/{Path.GetFileNameWithoutExtension(name)}-{mark}{Path.GetExtension(name)}", type, content);
    }
}

/// <summary>One of them.</summary>
internal sealed record Asset(string Path, string Type, byte[] Content);
