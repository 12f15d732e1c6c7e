//! The group meta.

use super::Client;
use crate::support::World;

#[tokio::test]
async fn the_root_says_where_everything_is() {
    let world = World::new().await;
    let nobody = Client::nobody(&world);
    for path in ["/api/v3", "/api/v3/"] {
        let json = nobody.get(path).await.expect(200).json();
        assert_eq!(json["current_user_url"], "http://git.example.org/api/v3/user");
        assert_eq!(json["repository_url"], "http://git.example.org/api/v3/repos/{owner}/{repo}");
    }
    let meta = nobody.get("/api/v3/meta").await.expect(200).json();
    assert_eq!(meta["installed_version"], "3.19.0");
    let limit = nobody.get("/api/v3/rate_limit").await.expect(200).json();
    assert_eq!(limit["resources"]["core"]["limit"], limit["rate"]["remaining"]);
}
